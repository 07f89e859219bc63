import * as JsSIP from "jssip";
import type { Notifier } from "jssip/lib/Notifier";
import type { AnswerOptions, EndEvent, IncomingDTMFEvent, OutgoingDTMFEvent, ReferEvent, RTCSession } from "jssip/lib/RTCSession";
import type { IncomingMessageEvent, OutgoingMessageEvent, RTCSessionEvent } from "jssip/lib/UA";
import { Phone } from "./phone.ts";

/** A phone with JsSIP. */
export class JsSIPPhone extends Phone {
  #agent!: JsSIP.UA;
  #session: RTCSession | undefined;
  #notifier: Notifier | undefined;

  start(): void {
    const { url, user, domain, password } = this.account;
    this.#agent = new JsSIP.UA({
      sockets: new JsSIP.WebSocketInterface(url),
      uri: `sip:${user}@${domain}`,
      password,
      register: false,
    });
    this.#agent.on("connected", () => this.tell("open"));
    this.#agent.on("disconnected", () => this.tell("closed"));
    this.#agent.on("registered", () => this.tell("registered"));
    this.#agent.on("unregistered", () => this.tell("unregistered"));
    this.#agent.on("registrationFailed", ({ response }) => this.tell(`not registered: ${response?.status_code}`));
    this.#agent.on("newMessage", ({ originator, request }: IncomingMessageEvent | OutgoingMessageEvent) => {
      if (String(originator) === "remote") this.tell(`message from ${request.from.uri.user}: ${request.body}`);
    });
    this.#agent.on("newRTCSession", ({ originator, session, request }: RTCSessionEvent) => {
      if (String(originator) === "remote") this.tell(`called by ${request.from.uri.user}`);
      this.#listen(session);
    });
    this.#agent.on("newSubscribe", ({ request }) => {
      this.tell(`subscribed to by ${request.from.uri.user}`);
      this.#notifier = this.#agent.notify(request, "text/plain", {});
      this.#notifier.start();
    });
    this.#agent.start();
  }

  get #options(): AnswerOptions {
    return { mediaConstraints: this.account.media, pcConfig: { iceServers: [] } };
  }

  #listen(session: RTCSession): void {
    this.#session = session;
    session.on("confirmed", () => this.tell("connected"));
    session.on("ended", () => this.tell("ended"));
    session.on("failed", ({ originator, message }: EndEvent) => {
      const refused = String(originator) === "remote" && message && "status_code" in message && message.status_code;
      this.tell(refused ? `refused: ${refused}` : "ended");
    });
    session.on("newDTMF", ({ originator, dtmf }: IncomingDTMFEvent | OutgoingDTMFEvent) => {
      if (String(originator) === "remote") this.tell(`tone ${dtmf.tone}`);
    });
    session.on("refer", ({ accept }: ReferEvent) => {
      accept((transfer: RTCSession) => this.#listen(transfer), this.#options);
    });
  }

  stop(): void {
    this.#agent.stop();
  }

  register(): void {
    this.#agent.register();
  }

  unregister(): void {
    this.#agent.unregister();
  }

  call(user: string): void {
    this.#agent.call(`sip:${user}@${this.account.domain}`, this.#options);
  }

  answer(): void {
    this.#session!.answer(this.#options);
  }

  reject(status: number): void {
    this.#session!.terminate({ status_code: status });
  }

  hangUp(): void {
    this.#session!.terminate();
  }

  hold(): void {
    this.#session!.hold();
  }

  unhold(): void {
    this.#session!.unhold();
  }

  invite(): void {
    this.#session!.renegotiate();
  }

  refer(user: string): void {
    this.#session!.refer(`sip:${user}@${this.account.domain}`, { eventHandlers: { accepted: () => this.tell("transferred") } });
  }

  message(user: string, text: string): void {
    this.#agent.sendMessage(`sip:${user}@${this.account.domain}`, text, {
      eventHandlers: {
        succeeded: () => this.tell("message taken"),
        failed: ({ response }) => this.tell(`message refused: ${response?.status_code}`),
      },
    });
  }

  subscribe(user: string): void {
    const subscriber = this.#agent.subscribe(`sip:${user}@${this.account.domain}`, "presence", "text/plain", { expires: 120 });
    subscriber.on("notify", (_final, _request, body) => this.tell(`notified: ${body}`));
    subscriber.subscribe();
  }

  notify(text: string): void {
    this.#notifier!.notify(text);
  }

  tone(digit: string): void {
    this.#session!.sendDTMF(digit);
  }

  /** JsSIP comes back by itself, two seconds later. */
  comeBack(): void {}

  protected get media(): RTCPeerConnection | undefined {
    return this.#session?.connection;
  }
}
