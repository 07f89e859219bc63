// One line of a phone: at most one call at a time, with JsSIP as it comes from npm.

import type { UA } from "jssip";
import type { EndEvent, ReferEvent, RTCSession } from "jssip/lib/RTCSession";
import type { CallOptions, RTCSessionEvent } from "jssip/lib/UA";

export type LineState = "free" | "calling" | "ringing" | "called" | "talking";

/** What the page hears of its line. */
export interface LineEvents {
  /** Something is different: who is called, how far it is, who holds. */
  changed(): void;
  /** A call has ended without having begun, by that answer or for that reason, not by one's own wish. */
  refused(status: number | undefined, cause: string): void;
  /** A transfer that one has asked for did not come about. */
  notTransferred(name: string, status: number | undefined): void;
}

interface Answer {
  readonly response?: { readonly status_code: number } | null;
  readonly status_line?: { readonly status_code: number }; // of whom the other side has called
}

export class Line {
  readonly #agent: UA;
  readonly #domain: string;
  readonly #on: LineEvents;
  #session: RTCSession | undefined;
  state: LineState = "free";
  /** Who is at the other end. */
  other = "";
  /** The call's name in the console. */
  callID: string | undefined;
  /** One's own picture and sound, for the next call. */
  stream: MediaStream | undefined;

  constructor(agent: UA, domain: string, on: LineEvents) {
    this.#agent = agent;
    this.#domain = domain;
    this.#on = on;
    agent.on("newRTCSession", (event: RTCSessionEvent) => this.#begin(event));
  }

  get held(): { readonly local: boolean; readonly remote: boolean } {
    return this.state === "talking" && this.#session ? this.#session.isOnHold() : { local: false, remote: false };
  }

  call(name: string): void {
    this.#agent.call(this.#address(name), this.#options);
  }

  answer(): void {
    this.#session?.answer(this.#options);
  }

  /** Declines, gives up, or ends, whichever it is time for. */
  hangUp(): void {
    const session = this.#session;
    if (!session) return;
    const ringing = this.state === "called";
    this.#end(session);
    session.terminate(ringing ? { status_code: 603 } : {});
  }

  hold(on: boolean): void {
    if (on) this.#session?.hold();
    else this.#session?.unhold();
  }

  /** Hands the other side to somebody else, and leaves the call once they talk (RFC 3515). */
  transfer(name: string): void {
    const session = this.#session;
    if (!session) return;
    const failed = ({ response, status_line }: Answer): void => this.#on.notTransferred(name, response?.status_code ?? status_line?.status_code);
    session.refer(this.#address(name), {
      eventHandlers: { accepted: () => session === this.#session && this.hangUp(), failed, requestFailed: failed },
    });
  }

  /** What comes from the other side. */
  get received(): MediaStream | undefined {
    const coming = this.#session?.connection.getTransceivers().filter(({ currentDirection }) => /recv/.test(currentDirection ?? ""));
    return coming?.length ? new MediaStream(coming.map(({ receiver }) => receiver.track)) : undefined;
  }

  get #options(): CallOptions {
    return {
      ...(this.stream ? { mediaStream: this.stream } : { mediaConstraints: { audio: false, video: false } }), // the page has asked already
      rtcOfferConstraints: { offerToReceiveAudio: true, offerToReceiveVideo: true },
      pcConfig: { iceServers: [] },
    };
  }

  #address(name: string): string {
    return `sip:${name}@${this.#domain}`;
  }

  #begin({ session, originator, request }: RTCSessionEvent): void {
    const called = String(originator) === "remote";
    if (called && this.#session) return session.terminate({ status_code: 486 });
    this.#session = session; // of a transfer, in place of the call that it comes from
    this.other = session.remote_identity.uri.user;
    this.callID = request.getHeader("call-id");
    this.#move(session, called ? "called" : "calling");
    session.on("progress", () => !called && this.#move(session, "ringing"));
    session.on("confirmed", () => this.#move(session, "talking"));
    session.on("hold", () => this.#move(session, "talking"));
    session.on("unhold", () => this.#move(session, "talking"));
    session.on("refer", ({ accept }: ReferEvent) => accept(() => {}, this.#options)); // it begins as any other
    session.on("ended", () => this.#end(session));
    session.on("failed", ({ originator: by, message, cause }: EndEvent) => {
      if (session !== this.#session) return;
      this.#end(session);
      const status = message && "status_code" in message ? Number(message.status_code) : undefined;
      if (status !== undefined || (String(by) !== "remote" && cause !== "Canceled")) this.#on.refused(status, cause);
    });
  }

  #move(session: RTCSession, state: LineState): void {
    if (session !== this.#session) return;
    this.state = state;
    this.#on.changed();
  }

  #end(session: RTCSession): void {
    if (session !== this.#session) return;
    this.#move(session, "free");
    this.#session = undefined;
  }
}
