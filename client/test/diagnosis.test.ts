import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { diagnose, type DiagnosisCode, explain, type Facts, ParleyError, type PeerFacts, type Probe, type Reason } from "../src/index.ts";
import { candidates } from "../src/diagnosis/observe.ts";
import { fakeMediaDevices } from "./fake-media-devices.ts";
import { seeded } from "./localdev/random.ts";

const here = { host: 2, srflx: 1, relay: 0, tcp: 0 };
const none = { host: 0, srflx: 0, relay: 0, tcp: 0 };
const relayed = { ...here, relay: 1 };
const quick: Probe = { found: here, took: 0.1, errors: [] };
const silent: Probe = { found: { ...here, srflx: 0 }, took: 9.6, errors: [{ url: "stun:s.test", code: 701, text: "timed out" }] };
const refusing: Probe = { found: here, took: 0.2, errors: [{ url: "turn:t.test?transport=udp", code: 401, text: "Unauthorized" }] };
const bob: PeerFacts = {
  name: "bob", state: "failed", away: false, ice: "failed", met: false, own: here, theirs: here,
  checks: { sent: 40, answered: 0 }, stun: 1, turn: 0, probe: quick,
};
const failed = (over: Partial<PeerFacts>): Facts => ({ online: true, call: "joined", peer: { ...bob, ...over } });
const told = (reason: Reason, over: Partial<Facts> = {}): Facts => ({ online: true, reason, ...over });
const turn = { turn: 2 };

describe("a failure, in a sentence", () => {
  test.each<[DiagnosisCode, Facts, string]>([
    ["no-turn", failed({}), "You and bob are both behind strict networks, and no TURN server is set up."],
    ["turn-refused", failed({ ...turn, probe: refusing }), "The TURN server refuses the credentials that the service gives out."],
    ["turn-refused", failed({ ...turn, state: "connecting", ice: "checking", checks: { sent: 1, answered: 0 }, probe: refusing }), "The TURN server refuses"],
    ["turn-failed", failed({ ...turn }), "The TURN server gives you no relay."],
    ["turn-failed", failed({ ...turn, probe: { ...silent, took: 0.3 } }), "The TURN server gives you no relay."],
    ["turn-failed-there", failed({ ...turn, own: relayed, probe: { ...quick, found: relayed } }), "The TURN server gives bob no relay."],
    ["relay-failed", failed({ ...turn, own: relayed, theirs: relayed, probe: { ...quick, found: relayed } }), "Not even over the TURN server do you and bob reach each other."],
    ["udp-blocked", failed({ probe: silent }), "No UDP gets out of your network: neither STUN nor TURN servers answer."],
    ["udp-blocked", failed({ ...turn, state: "connecting", ice: "checking", probe: silent }), "No UDP gets out of your network"],
    ["turn-silent", failed({ ...turn, stun: 0, probe: silent }), "The TURN server does not answer: it is down, or your network lets no UDP through."],
    ["udp-off", failed({ probe: { ...silent, found: { host: 1, srflx: 0, relay: 0, tcp: 1 } } }), "Your browser sends no UDP, which calls need."],
    ["udp-off-there", failed({ theirs: { host: 0, srflx: 0, relay: 0, tcp: 0 } }), "The browser of bob sends no UDP, which calls need."],
    ["no-servers", failed({ stun: 0 }), "No UDP gets through between you and bob, and no STUN or TURN server is set up."],
    ["no-encryption", failed({ ice: "connected" }), "You and bob reach each other, but agree on no encryption."],
    ["no-webrtc", { online: true, call: "joined", peer: { name: "bob", state: "failed", away: false, met: false, own: candidates(""), checks: bob.checks, stun: 0, turn: 0 } }, "Your browser makes no connections to other browsers."],
    ["no-turn", { ...failed({ probe: silent }), others: true }, "You and bob are both behind strict networks"],
    ["no-turn", { ...failed({ probe: { ...silent, found: { host: 1, srflx: 0, relay: 0, tcp: 1 } } }), others: true }, "You and bob are both"],
    ["turn-failed", failed({ ...turn, probe: { ...silent, errors: [{ url: "turn:t.test", code: 701, text: "timed out" }] } }), "The TURN server gives you no relay."],
    ["turn-failed", failed({ ...turn, state: "connecting", ice: "checking", own: none, theirs: none, probe: quick }), "The TURN server gives you no relay."],
    ["forbidden", told("forbidden"), "You may not enter this room, or not under this name."],
    ["unreachable", told("socket-closed"), "The service cannot be reached, or refused to connect you."],
    ["interrupted", failed({ met: true, state: "reconnecting", ice: "disconnected" }), "The connection between you and bob was lost."],
    ["peer-away", failed({ away: true }), "bob has lost the connection to the service."],
    ["connecting", failed({ state: "connecting", ice: "checking", checks: { sent: 3, answered: 0 } }), "You and bob are being connected."],
    ["connected", failed({ state: "connected", ice: "connected", met: true }), "You and bob are connected."],
    ["offline", { ...failed({}), online: false }, "You are offline."],
    ["alone", { online: true, call: "joined" }, "Nobody else is in the room."],
    ["left", { online: true, call: "left" }, "You have left the call."],
    ["offline", told("socket-closed", { online: false }), "You are offline."],
    ["server-silent", told("socket-closed", { server: "silent", token: "expired" }), "The service cannot be reached."],
    ["server-refused", told("socket-closed", { server: "answers", token: "valid" }), "The service is there, and refused to connect you."],
    ["token-expired", told("socket-closed", { server: "answers", token: "expired" }), "Your permission to connect has expired."],
    ["token-early", told("unauthorized", { token: "early" }), "Your permission to connect is not valid yet."],
    ["token-unreadable", told("socket-closed", { token: "unreadable" }), "Your permission to connect cannot be read."],
    ["timeout", told("timeout", { server: "answers", token: "expired" }), "The service did not answer in time."],
    ["room-full", told("room-full"), "The room is full."],
    ["media-denied", told("media-denied"), "This page may not use your camera or microphone."],
    ["media-system", told("media-system"), "Your system keeps camera and microphone from this browser."],
    ["failed", told("bad-signal"), "Something went wrong that is not your fault: bad-signal."],
  ])("%s", (code, facts, words) => {
    const { sentence, advice, ...rest } = explain(facts);
    expect(rest).toEqual({ code, facts });
    expect(sentence.startsWith(words), sentence).toBe(true);
    expect(sentence + advice).not.toMatch(/[{}]/);
  });

  test("names the peer as they are called, whatever that is", () => {
    expect(explain(failed({ name: "$&{reason}" })).sentence).toBe("You and $&{reason} are both behind strict networks, and no TURN server is set up.");
  });

  test("no answer yet is none of the networks'", () => {
    const { theirs: _, ...unanswered } = bob;
    const facts = { online: true, call: "joined", peer: { ...unanswered, state: "connecting", ice: "new", checks: { sent: 0, answered: 0 } } } as const;
    expect(explain(facts).code).toBe("no-answer");
  });
});

test("candidates are counted by kind, once each, and no address is kept", () => {
  const sdp = [
    "v=0", "a=candidate:1 1 udp 2113937151 4f.local 5000 typ host generation 0", "a=candidate:1 1 udp 2113937151 4f.local 5000 typ host generation 0",
    "a=candidate:1 2 udp 2113937150 4f.local 5001 typ host", "a=candidate:2 1 TCP 1518280447 192.0.2.1 9 typ host tcptype active",
    "a=candidate:3 1 udp 1677729535 198.51.100.1 6000 typ srflx raddr 0.0.0.0 rport 0", "a=candidate:4 1 udp 33562367 203.0.113.1 7000 typ relay raddr 0.0.0.0 rport 0",
    "a=candidate:5 1 udp 33562367 203.0.113.1 7000 typ token",
  ].join("\r\n");
  expect(candidates(sdp)).toEqual({ host: 2, srflx: 1, relay: 1, tcp: 1 });
  expect(candidates(undefined)).toEqual({ host: 0, srflx: 0, relay: 0, tcp: 0 });
});

test("a description of anybody's making is counted, whatever is in it", () => {
  const words = ["a=candidate:", "1 1 ", "udp ", "tcp ", "typ host", "typ relay", "\r\n", " ", "0", "9".repeat(30), "é", "\0", "typ "];
  const random = seeded(7);
  for (let n = 0; n < 2_000; n++) {
    const sdp = Array.from({ length: 60 }, () => words[Math.floor(random() * words.length)]).join("");
    const { host, srflx, relay, tcp } = candidates(sdp);
    const lines = sdp.split("\n").filter((line) => line.startsWith("a=candidate:")).length;
    expect([host + srflx + relay <= lines, tcp <= host + srflx + relay], sdp).toEqual([true, true]);
  }
});

describe("diagnose()", () => {
  let asked: string[];
  beforeEach(() => {
    fakeMediaDevices();
    asked = [];
    vi.stubGlobal("fetch", async (url: string) => {
      asked.push(url);
      if (url.includes("down")) throw new TypeError("failed to fetch");
    });
  });
  afterEach(() => void vi.unstubAllGlobals());

  const jwt = (claims: object): string => `e30.${btoa(JSON.stringify(claims)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}.x`;
  const now = Math.floor(Date.now() / 1000);
  const lost = new ParleyError("socket-closed", "cannot connect");

  test.each<[DiagnosisCode, unknown, object]>([
    ["server-silent", lost, { url: "wss://down.test/prod" }],
    ["server-refused", lost, { url: "wss://up.test/prod" }],
    ["server-refused", lost, { url: "wss://up.test/prod", token: jwt({ exp: now + 600, sub: "ädä?>" }) }],
    ["token-expired", lost, { url: "wss://up.test/prod", token: jwt({ exp: now - 1 }) }],
    ["token-early", lost, { url: "wss://up.test/prod", token: jwt({ nbf: now + 600 }) }],
    ["token-unreadable", lost, { url: "wss://up.test/prod", token: "no token" }],
    ["room-full", new ParleyError("room-full", "16 are in"), { url: "wss://up.test/prod" }],
    ["media-denied", new DOMException("", "NotAllowedError"), {}],
    ["media-system", new DOMException("Permission denied by system", "NotAllowedError"), {}],
    ["failed", new Error("of the page"), {}],
    ["failed", undefined, {}],
  ])("says %s", async (code, error, options) => {
    expect((await diagnose(error, options)).code).toBe(code);
  });

  test("asks for the token where the page has a function for it, which may fail", async () => {
    const options = { url: "wss://up.test/prod" };
    expect(await diagnose(lost, { ...options, token: async () => jwt({ exp: now - 1 }) })).toMatchObject({ code: "token-expired" });
    expect(await diagnose(lost, { ...options, token: () => Promise.reject(new Error("signed out")) })).toMatchObject({ code: "server-refused" });
  });

  test("asks the service over http, and keeps the token to itself", async () => {
    const token = jwt({ exp: now - 1 });
    const { facts } = await diagnose(lost, { url: "wss://up.test/prod", token });
    expect(asked).toEqual(["https://up.test/prod"]);
    expect(facts).toEqual({ online: true, reason: "socket-closed", server: "answers", token: "expired" });
    await diagnose(new ParleyError("room-full", ""), { url: "wss://up.test/prod" });
    vi.stubGlobal("navigator", { onLine: false });
    expect((await diagnose(lost, { url: "wss://up.test/prod" })).code).toBe("offline");
    expect(asked).toHaveLength(1);
  });

  /** Stands for an RTCPeerConnection that found no way, or one that asks the servers again. */
  class Connection {
    iceConnectionState = "failed";
    iceGatheringState = "new";
    sctp: { transport: { state: string } } | null = null;
    localDescription = { sdp: "a=candidate:1 1 udp 1 x.local 1 typ host\r\na=candidate:2 1 udp 1 192.0.2.9 1 typ srflx" };
    remoteDescription = this.localDescription;
    onicegatheringstatechange: (() => void) | null = null;
    onicecandidateerror: ((event: object) => void) | null = null;
    static made: Connection[] = [];
    closed = false;
    readonly configuration: RTCConfiguration;
    constructor(configuration: RTCConfiguration = { iceServers: [{ urls: ["stun:s.test", "turn:t.test"], username: "secret", credential: "secret" }] }) {
      this.configuration = configuration;
      Connection.made.push(this);
    }
    getConfiguration(): RTCConfiguration {
      return this.configuration;
    }
    async getStats() {
      return new Map<string, object>([
        ["a", { type: "candidate-pair", requestsSent: 9, responsesReceived: 0 }], ["b", { type: "candidate-pair", requestsSent: 8 }], ["c", { type: "codec" }],
      ]);
    }
    createDataChannel(): void {}
    async setLocalDescription(): Promise<void> {
      const event = { url: "turn:t.test?transport=udp", errorCode: 401, errorText: "Unauthorized", address: "192.0.2.1" };
      for (let twice = 0; twice < 2; twice++) this.onicecandidateerror!(event);
      this.iceGatheringState = "complete";
      this.onicegatheringstatechange!();
    }
    close(): void {
      this.closed = true;
    }
  }

  const call = (...peers: object[]) => ({ state: "joined", peers: new Map(peers.map((peer, at) => [`p${at}`, { name: `p${at}`, away: false, ...peer }])) });

  test("looks at the connection that is worst, asks its servers again, and tells nobody's address", async () => {
    vi.stubGlobal("RTCPeerConnection", Connection);
    Connection.made = [];
    const fine = { state: "connected", connection: new Connection() };
    const subject = call(fine, { state: "failed", connection: new Connection() }, { state: "connecting", connection: new Connection() });
    const { code, facts } = await diagnose(subject);
    expect(code).toBe("turn-refused");
    expect(facts.peer).toEqual({
      name: "p1", state: "failed", away: false, ice: "failed", met: false, stun: 1, turn: 1, checks: { sent: 17, answered: 0 },
      own: { host: 1, srflx: 1, relay: 0, tcp: 0 }, theirs: { host: 1, srflx: 1, relay: 0, tcp: 0 },
      probe: { found: { host: 1, srflx: 1, relay: 0, tcp: 0 }, took: expect.any(Number), errors: [{ url: "turn:t.test?transport=udp", code: 401, text: "Unauthorized" }] },
    });
    expect(JSON.stringify(facts)).not.toMatch(/192\.0\.2|local|secret/);
    expect(Connection.made.map(({ closed }) => closed)).toEqual([false, false, false, true]);
    expect((await diagnose(subject, { peer: "p0" })).code).toBe("connected");
    expect(Connection.made).toHaveLength(4);
  });

  test("what came back before the next attempt began counts, too", async () => {
    vi.stubGlobal("RTCPeerConnection", Connection);
    const connection = new Connection();
    const { getStats } = connection;
    connection.getStats = async () => (connection.getStats = async () => new Map(), getStats());
    const { facts } = await diagnose(call({ state: "connecting", connection }));
    expect(facts.peer!.checks).toEqual({ sent: 17, answered: 0 });
  });

  test("what was connected once is told from what never was, though the browser calls both disconnected", async () => {
    vi.stubGlobal("RTCPeerConnection", Connection);
    const connection = Object.assign(new Connection(), { iceConnectionState: "disconnected" });
    const subject = call({ state: "reconnecting", connection });
    expect((await diagnose(subject)).code).toBe("turn-refused");
    connection.sctp = { transport: { state: "connected" } };
    expect((await diagnose(subject)).code).toBe("interrupted");
  });

  test("a call that has lost the server, and nobody to see, is about the server", async () => {
    const { code } = await diagnose({ ...call({ state: "connecting" }), state: "reconnecting" }, { url: "wss://down.test" });
    expect(code).toBe("server-silent");
    const fine = { ...call({ state: "connected", connection: new Connection() }), state: "reconnecting" };
    expect((await diagnose(fine)).code).toBe("connected");
  });

  test("servers that the browser refuses to ask leave the rest to go by", async () => {
    vi.stubGlobal("RTCPeerConnection", class { constructor() { throw new DOMException("too many"); } });
    const { code, facts } = await diagnose(call({ state: "failed", connection: new Connection() }));
    expect([code, facts.peer!.probe]).toEqual(["turn-failed-there", undefined]);
  });
});
