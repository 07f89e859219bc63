import { Core, Invitation, Inviter, type Message, Messager, type Notification } from "sip.js";
import { Registerer, RegistererState, type Session, SessionState, Subscriber, UserAgent, type Web } from "sip.js";
import { Phone } from "./phone.ts";

// It sends a 200 again that is not acknowledged within half a second, which a slow machine takes. What JsSIP
// acknowledges for the second time carries the CSeq of whatever it has asked for since, and so may end a call.
Core.Timers.T1 = 60_000;

/** A phone with SIP.js. */
export class SIPJSPhone extends Phone {
  #agent!: UserAgent;
  #registerer!: Registerer;
  #session: Session | undefined;

  start(): void {
    const { url, user, password } = this.account;
    this.#agent = new UserAgent({
      uri: this.#uri(user),
      authorizationUsername: user,
      authorizationPassword: password,
      transportOptions: { server: url },
      sessionDescriptionHandlerFactoryOptions: { peerConnectionConfiguration: { iceServers: [] } },
      logLevel: "error",
      delegate: {
        onConnect: () => this.tell("open"),
        onDisconnect: () => this.tell("closed"),
        onInvite: (invitation) => {
          this.tell(`called by ${invitation.remoteIdentity.uri.user}`);
          this.#listen(invitation);
        },
        onMessage: (message) => this.#read(message),
      },
    });
    this.#registerer = new Registerer(this.#agent, { refreshFrequency: 90 });
    this.#registerer.stateChange.addListener((state) => {
      if (state === RegistererState.Registered) this.tell("registered");
      if (state === RegistererState.Unregistered) this.tell("unregistered");
    });
    void this.#agent.start();
  }

  #uri(user: string) {
    return UserAgent.makeURI(`sip:${user}@${this.account.domain}`)!;
  }

  get #media() {
    return { sessionDescriptionHandlerOptions: { constraints: this.account.media } };
  }

  #listen(session: Session): void {
    this.#session = session;
    session.stateChange.addListener((state) => {
      if (state === SessionState.Established) this.tell("connected");
      if (state === SessionState.Terminated) this.tell("ended");
    });
    session.delegate = {
      onInfo: (info) => {
        void info.accept();
        this.tell(`tone ${/Signal=(.)/.exec(info.request.body)?.[1]}`);
      },
      onRefer: (referral) => {
        void referral.accept().then(() => {
          const transfer = referral.makeInviter(this.#media);
          this.#listen(transfer);
          return transfer.invite();
        });
      },
    };
  }

  #read(message: Message): void {
    void message.accept();
    this.tell(`message from ${message.request.from.uri.user}: ${message.request.body}`);
  }

  stop(): void {
    void this.#agent.stop();
  }

  register(): void {
    const onReject = ({ message }: Core.IncomingResponse): void => this.tell(`not registered: ${message.statusCode}`);
    void this.#registerer.register({ requestDelegate: { onReject } });
  }

  unregister(): void {
    void this.#registerer.unregister();
  }

  call(user: string): void {
    const inviter = new Inviter(this.#agent, this.#uri(user), this.#media);
    this.#listen(inviter);
    const onReject = ({ message }: Core.IncomingResponse): void => this.tell(`refused: ${message.statusCode}`);
    void inviter.invite({ requestDelegate: { onReject } });
  }

  answer(): void {
    void (this.#session as Invitation).accept(this.#media);
  }

  reject(status: number): void {
    void (this.#session as Invitation).reject({ statusCode: status });
  }

  hangUp(): void {
    const session = this.#session!;
    if (session.state === SessionState.Established) void session.bye();
    else if (session instanceof Inviter) void session.cancel();
    else void (session as Invitation).reject();
  }

  hold(): void {
    this.#session!.sessionDescriptionHandlerOptionsReInvite = { hold: true } as Web.SessionDescriptionHandlerOptions;
    this.invite();
  }

  unhold(): void {
    this.#session!.sessionDescriptionHandlerOptionsReInvite = { hold: false } as Web.SessionDescriptionHandlerOptions;
    this.invite();
  }

  invite(): void {
    void this.#session!.invite();
  }

  refer(user: string): void {
    const onNotify = (notification: Notification): void => {
      void notification.accept();
      if (/^SIP\/2\.0 2/.test(notification.request.body)) this.tell("transferred");
    };
    void this.#session!.refer(this.#uri(user), { onNotify });
  }

  message(user: string, text: string): void {
    void new Messager(this.#agent, this.#uri(user), text).message({
      requestDelegate: {
        onAccept: () => this.tell("message taken"),
        onReject: ({ message }) => this.tell(`message refused: ${message.statusCode}`),
      },
    });
  }

  subscribe(user: string): void {
    const onNotify = (notification: Notification): void => {
      void notification.accept();
      this.tell(`notified: ${notification.request.body}`);
    };
    const subscriber = new Subscriber(this.#agent, this.#uri(user), "presence", { expires: 120 });
    subscriber.delegate = { onNotify };
    void subscriber.subscribe();
  }

  notify(): void {
    throw new Error("SIP.js has nothing that takes a SUBSCRIBE: have JsSIP do it");
  }

  tone(digit: string): void {
    const content = `Signal=${digit}\r\nDuration=1000`;
    const body = { contentDisposition: "render", contentType: "application/dtmf-relay", content };
    void this.#session!.info({ requestOptions: { body } });
  }

  comeBack(): void {
    void this.#agent.reconnect().then(() => this.register());
  }

  protected get media(): RTCPeerConnection | undefined {
    return (this.#session?.sessionDescriptionHandler as Web.SessionDescriptionHandler | undefined)?.peerConnection;
  }
}
