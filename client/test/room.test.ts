import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type ParleyError, Room, type RosterEntry } from "../src/index.ts";
import { type Frame, settle } from "./fake-socket.ts";
import { bob, came, error, joined, left, seated } from "./seated.ts";

beforeEach(() => {
  vi.useFakeTimers({ now: 1_700_000_000_000 });
  vi.spyOn(Math, "random").mockReturnValue(1);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("join", () => {
  test("asks for the name and knows who is there", async () => {
    const { room, last } = await seated();
    expect(last().sent[0]).toMatchObject({ action: "join", room: "tea", peer: "ada", data: { hi: 1 } });
    expect(room).toMatchObject({ self: "ada", seats: 16, state: "joined" });
    expect([...room.peers.values()]).toEqual([bob]);
  });

  test("rejects with what the server says", async () => {
    await expect(seated({ join: () => error("room-full") })).rejects.toMatchObject({ reason: "room-full" });
  });

  test("waits a little for a name that one's own former page may still hold, not for long", async () => {
    let tries = 0;
    const joining = seated({ join: () => (++tries < 3 ? error("name-taken") : joined()) });
    await vi.advanceTimersByTimeAsync(2_000);
    expect((await joining).room.state).toBe("joined");

    const refused = vi.fn();
    void seated({ join: () => error("name-taken") }).catch(refused);
    await vi.advanceTimersByTimeAsync(1_500);
    expect(refused).toHaveBeenCalledWith(expect.objectContaining({ reason: "name-taken" }));
  });

  test("waits for the name as long as the server may, where the former page left a string, spent or not", async () => {
    const kept = new Map([["parley.resume.tea", '["ada","spent"]']]);
    vi.stubGlobal("sessionStorage", { getItem: (key: string) => kept.get(key), removeItem: (key: string) => kept.delete(key) });
    let held = true;
    const joining = seated({ join: (frame) => (held ? error(frame["resume"] ? "resume-expired" : "name-taken") : joined()) });
    await vi.advanceTimersByTimeAsync(30_000);
    held = false;
    await vi.advanceTimersByTimeAsync(10_000);
    expect((await joining).room.state).toBe("joined");
    vi.unstubAllGlobals();
  });

  test("waits longer for a server in trouble than for a name", async () => {
    let trouble = true;
    const joining = seated({ join: () => (trouble ? error("internal", true) : joined()) });
    await vi.advanceTimersByTimeAsync(2_000);
    trouble = false;
    await vi.advanceTimersByTimeAsync(3_000);
    expect((await joining).room.state).toBe("joined");
  });
});

describe("resume", () => {
  test("comes back with the last string it was given", async () => {
    let seats = 0;
    const { last, loseAndReopen } = await seated({ join: () => joined({ resume: `r${++seats}` }) });
    await loseAndReopen();
    expect(last().sent[0]).toMatchObject({ action: "join", peer: "ada", resume: "r1" });
    await loseAndReopen();
    expect(last().sent[0]).toMatchObject({ resume: "r2" });
  });

  test.each(["resume-expired", "forbidden"])("joins anew at once when its string is %s", async (code) => {
    const { room, last, loseAndReopen } = await seated({
      join: (frame) => (frame["resume"] ? error(code) : joined({ resume: "r" })),
    });
    await loseAndReopen();
    expect(last().sent.map((frame) => frame["resume"])).toEqual(["r", undefined]);
    expect(room.state).toBe("joined");
  });

  test("waits for a socket that took its seat but never heard of it, until that is dead", async () => {
    let alive = true;
    let seats = 0;
    const { room, log, last, loseAndReopen } = await seated({
      join: (frame) => (++seats === 1 || !alive ? joined({ resume: "r" }) : error(frame["resume"] ? "resume-expired" : "name-taken")),
    });
    await loseAndReopen();
    await vi.advanceTimersByTimeAsync(9 * 60_000);
    expect(log).toEqual(["away"]);
    expect(last().of("join").length).toBeLessThan(120);
    alive = false;
    await vi.advanceTimersByTimeAsync(30_000);
    expect(log).toEqual(["away", "joined"]);
    expect(last().of("join").at(-1)).toMatchObject({ resume: "r" });
    expect(room.state).toBe("joined");
  });

  test("a server in trouble is waited for", async () => {
    let trouble = false;
    const { log, loseAndReopen } = await seated({ join: () => (trouble ? error("internal", true) : joined()) });
    trouble = true;
    await loseAndReopen();
    await vi.advanceTimersByTimeAsync(30 * 60_000);
    expect(log).toEqual(["away"]);
    trouble = false;
    await vi.advanceTimersByTimeAsync(20_000);
    expect(log).toEqual(["away", "joined"]);
  });

  function storage(): Map<string, string> {
    const kept = new Map<string, string>();
    vi.stubGlobal("sessionStorage", {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => kept.set(key, value),
      removeItem: (key: string) => kept.delete(key),
    });
    return kept;
  }

  test("a page that goes leaves its string to the next page of its tab, once", async () => {
    const kept = storage();
    const page = new EventTarget();
    vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
    const { room } = await seated({ join: () => joined({ resume: "r" }) });
    expect(kept.size).toBe(0); // a copy of the tab finds nothing
    page.dispatchEvent(new Event("pagehide"));
    void room.leave(); // so that it is heard of no more
    void seated({ join: () => undefined });
    await settle();
    expect(kept.size).toBe(0);
    page.dispatchEvent(new Event("pagehide")); // loaded anew before there was an answer
    const { last } = await seated();
    expect(last().sent[0]).toMatchObject({ action: "join", resume: "r" });
    expect(kept.size).toBe(0);
    vi.unstubAllGlobals();
  });

  test.each([
    ["is gone", error("resume-expired"), true],
    ["was another user's", error("forbidden"), false],
  ])("with resumeOnly nobody joins anew whose seat %s", async (_, refusal, again) => {
    const kept = storage();
    const { transport, last } = await seated({ join: (frame) => (frame["peer"] === "ada" ? joined() : refusal) });
    const join = () => Room.join(transport, { room: "coffee", peer: "cyd", resumeOnly: true }).catch((error: ParleyError) => error.reason);
    const joins = () => last().of("join").slice(1).map((frame) => frame["resume"]);
    expect(await join()).toBe("resume-expired"); // there is no string
    expect(joins()).toEqual([]);
    kept.set("parley.resume.coffee", '["cyd","r"]');
    const joining = join();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await joining).toBe("resume-expired");
    expect(new Set(joins())).toEqual(new Set(["r"]));
    expect(joins().length > 1, "asked again, as the page that used it may be gone").toBe(again);
    const before = joins().length;
    const asked = Room.join(transport, { room: "coffee", peer: "cyd" }).catch(() => {}); // by the person
    await vi.advanceTimersByTimeAsync(10_000);
    await asked;
    expect(joins().slice(before), "the string, and then anew").toEqual(["r", undefined]);
    vi.unstubAllGlobals();
  });

  test("with resumeOnly the string of a page that was loaded anew as it joined counts once the server knows", async () => {
    const kept = storage();
    kept.set("parley.resume.coffee", '["cyd","r"]');
    let asked = 0;
    const { transport } = await seated({
      join: (frame) => (frame["peer"] === "ada" ? joined() : ++asked === 1 ? error("resume-expired") : joined({ room: "coffee", peer: "cyd" })),
    });
    const joining = Room.join(transport, { room: "coffee", peer: "cyd", resumeOnly: true });
    await vi.advanceTimersByTimeAsync(10_000);
    expect((await joining).self).toBe("cyd");
    expect(asked).toBe(2);
    vi.unstubAllGlobals();
  });
});

describe("presence", () => {
  test("is told in the order of rev", async () => {
    const { log, last } = await seated();
    last().say(came(6, "cyd"));
    last().say({ type: "peer-updated", room: "tea", rev: 7, peer: "bob", data: 2 });
    last().say(left(8, "bob"));
    expect(log).toEqual(["+cyd", "~bob", "-bob left"]);
  });

  test("of other rooms on the same connection is not ours", async () => {
    const { log, last } = await seated();
    last().say({ ...came(6, "cyd"), room: "coffee" });
    expect(log).toEqual([]);
  });

  test("a gap that stays makes it ask for the roster", async () => {
    const { log, last } = await seated({ roster: () => ({ type: "roster", room: "tea", rev: 7, peers: [{ peer: "cyd" }] }) });
    last().say(came(7, "cyd"));
    await vi.advanceTimersByTimeAsync(249);
    expect(last().of("roster")).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(last().of("roster")).toHaveLength(1);
    expect(log).toEqual(["-bob lost", "+cyd"]);
  });

  test("a gap that is filled at once costs no request", async () => {
    const { log, last } = await seated({ roster: () => ({ type: "roster", room: "tea", rev: 7, peers: [bob, { peer: "cyd" }] }) });
    last().say(left(7, "cyd"));
    last().say(came(6, "cyd"));
    expect(log).toEqual(["+cyd", "-cyd left"]);
  });
});

describe("signal", () => {
  test("goes by address", async () => {
    const { room, last } = await seated();
    await room.signal("bob", "hello");
    expect(last().of("signal")).toMatchObject([{ room: "tea", to: "bob", address: "b1", data: "hello" }]);
  });

  test("with an address that is refused is sent again by name, once, after a look at the roster", async () => {
    const { room, last } = await seated({
      signal: (frame) => (frame["address"] ? error("forbidden") : { type: "ok" }),
      roster: () => ({ type: "roster", room: "tea", rev: 5, peers: [{ ...bob, address: "b2" }] }),
    });
    await room.signal("bob", "hello");
    expect(last().sent.map((frame) => frame["action"])).toEqual(["join", "signal", "roster", "signal"]);
    expect(last().of("signal")[1]).not.toHaveProperty("address");
    expect(room.peers.get("bob")?.address).toBe("b2");
  });

  test("forbidden by name is not tried for ever", async () => {
    const { room, last } = await seated({
      signal: () => error("forbidden"),
      roster: () => ({ type: "roster", room: "tea", rev: 5, peers: [bob] }),
    });
    await expect(room.signal("bob", "hello")).rejects.toMatchObject({ reason: "forbidden" });
    expect(last().of("signal")).toHaveLength(2);
  });

  test("from nobody in the roster is dropped, unless that peer's arrival was only late", async () => {
    const { log, last } = await seated({ roster: () => ({ type: "roster", room: "tea", rev: 5, peers: [bob] }) });
    last().say({ type: "signal", room: "tea", from: "cyd", data: "early" });
    last().say({ type: "signal", room: "tea", from: "bob", data: "hi" });
    expect(log).toEqual(["bob: hi"]);
    last().say(came(6, "cyd"));
    expect(log).toEqual(["bob: hi", "+cyd", "cyd: early"]);

    last().say({ type: "signal", room: "tea", from: "eve", data: "late" });
    await vi.advanceTimersByTimeAsync(3_000);
    last().say(came(7, "eve"));
    expect(log.slice(3)).toEqual(["+eve"]);
  });
});

describe("reconnection", () => {
  test("takes the seat again under the same name, with the data of the last update", async () => {
    const { room, log, loseAndReopen, sockets, last } = await seated();
    await room.update({ hi: 2 });
    await loseAndReopen();
    expect(sockets).toHaveLength(2);
    expect(last().sent[0]).toMatchObject({ action: "join", room: "tea", peer: "ada", data: { hi: 2 } });
    expect(log).toEqual(["away", "joined"]);
  });

  test("tells who came and went meanwhile", async () => {
    let peers: RosterEntry[] = [bob];
    let rev = 9;
    const { log, room, loseAndReopen } = await seated({ join: () => joined({ rev, peers }) });
    rev = 2; // the room was emptied and forgotten meanwhile, and counts anew
    peers = [{ peer: "bob", address: "b9" }, { peer: "cyd" }];
    await loseAndReopen();
    expect(log).toEqual(["away", "joined", "~bob", "+cyd"]);
    expect(room.peers.get("bob")?.address).toBe("b9");
    peers = [{ peer: "cyd" }];
    await loseAndReopen();
    expect(log.slice(4)).toEqual(["away", "joined", "-bob lost"]);
  });

  test("waits until the server knows that the former socket is dead", async () => {
    let taken = false;
    let tries = 0;
    const { log, loseAndReopen } = await seated({ join: () => (taken && ++tries < 6 ? error("name-taken") : joined()) });
    taken = true;
    await loseAndReopen();
    expect(log).toEqual(["away"]);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(log).toEqual(["away", "joined"]);
  });

  test("gives up when the name stays taken, and says why", async () => {
    let taken = false;
    const { room, errors, loseAndReopen } = await seated({ join: () => (taken ? error("name-taken") : joined()) });
    taken = true;
    await loseAndReopen();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(room.state).toBe("left");
    expect(errors.map(({ reason }) => reason)).toEqual(["name-taken"]);
    await expect(room.signal("bob", 1)).rejects.toMatchObject({ reason: "not-in-room" });
  });

  test("lost again while the name is taken: one join at a time goes on", async () => {
    let taken = false;
    const { log, loseAndReopen, last } = await seated({ join: () => (taken ? error("name-taken") : joined()) });
    taken = true;
    await loseAndReopen();
    await vi.advanceTimersByTimeAsync(3_000); // now it waits longer for the next try than the connection takes to come back
    await loseAndReopen();
    taken = false;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(last().of("join").length).toBe(2);
    expect(log).toEqual(["away", "joined"]);
  });
});

describe("ice", () => {
  const turn = (end: number): RTCIceServer => ({ urls: "turn:t.test", username: `${end}:u`, credential: String(end) });

  test("is renewed before its credentials end", async () => {
    const end = 1_700_000_000 + 3_600;
    const { room, last } = await seated({
      join: () => joined({ ice: [turn(end)] }),
      ice: () => ({ type: "ice", servers: [turn(end + 3_600)], expires: end + 3_600 }),
    });
    const told = vi.fn();
    room.on("ice", told);
    await vi.advanceTimersByTimeAsync(3_400_000);
    expect(last().of("ice")).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(100_000);
    expect(last().of("ice")).toHaveLength(1);
    expect(told).toHaveBeenCalledWith([turn(end + 3_600)]);
    expect(room.ice).toEqual([turn(end + 3_600)]);
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(last().of("ice")).toHaveLength(2);
  });

  test("without an end is never asked for", async () => {
    const { last } = await seated({ join: () => joined({ ice: [{ urls: "stun:s.test" }] }) });
    await vi.advanceTimersByTimeAsync(3 * 3_600_000);
    expect(last().of("ice")).toHaveLength(0);
  });
});

describe("moderation", () => {
  test("asks the server, which decides", async () => {
    const { room, last } = await seated({ kick: () => error("forbidden") });
    await expect(room.kick("bob", "noise")).rejects.toMatchObject({ reason: "forbidden" });
    await room.lock();
    await room.lock(false);
    expect(last().sent.slice(1)).toMatchObject([
      { action: "kick", room: "tea", peer: "bob", reason: "noise" },
      { action: "lock", room: "tea" },
      { action: "unlock", room: "tea" },
    ]);
  });

  test("a lock is told, and is a revision as any other", async () => {
    const { room, log, last } = await seated();
    room.on("locked", ({ locked, by }) => log.push(`locked ${locked} by ${by}`));
    last().say({ type: "room-locked", room: "tea", rev: 6, by: "bob" });
    last().say(came(7, "eve"));
    last().say({ type: "room-unlocked", room: "tea", rev: 8, by: "bob" });
    expect(log).toEqual(["locked true by bob", "+eve", "locked false by bob"]);
    expect(room.locked).toBe(false);
    await room.lock();
    expect(room.locked).toBe(true);
  });

  test("a lock is known from the start, and what became of it meanwhile after a reconnection", async () => {
    let locked: true | undefined = true;
    const { room, log, loseAndReopen } = await seated({ join: () => joined({ locked }) });
    expect(room.locked).toBe(true);
    room.on("locked", (event) => log.push(JSON.stringify(event)));
    locked = undefined;
    await loseAndReopen();
    expect(log).toEqual(["away", "joined", '{"locked":false}']);
    expect(room.locked).toBe(false);
  });

  test("who is kicked does not come back by itself", async () => {
    const { room, log, errors, loseAndReopen, last } = await seated();
    last().say({ type: "kicked", room: "other", by: "bob" });
    expect(room.state).toBe("joined");
    last().say({ type: "kicked", room: "tea", by: "bob", reason: "noise" });
    expect(errors).toMatchObject([{ reason: "kicked", message: "bob removed you: noise", retry: false }]);
    await loseAndReopen();
    expect(log).toEqual(["left"]);
    expect(last().sent).toEqual([]);
  });
});

describe("an action of the service's own", () => {
  test("is asked for in this room, and answered", async () => {
    const { room, last } = await seated({ sign: () => ({ type: "ok", by: ["bob"], room: "elsewhere" }) });
    await expect(room.act("sign", { document: { id: 1 }, room: "other", action: "leave" })).resolves.toEqual({ by: ["bob"], room: "elsewhere" });
    expect(last().of("sign")).toMatchObject([{ action: "sign", room: "tea", document: { id: 1 } }]);
    await expect(room.act("nod")).resolves.toEqual({});
  });

  test("fails as any request", async () => {
    const { room } = await seated({ sign: () => error("forbidden") });
    await expect(room.act("sign")).rejects.toMatchObject({ reason: "forbidden" });
    await room.leave();
    await expect(room.act("sign")).rejects.toMatchObject({ reason: "not-in-room" });
  });

  test("tells the others of this room what it likes", async () => {
    const { room, last } = await seated();
    const heard: unknown[] = [];
    room.on("custom", (frame) => heard.push(frame));
    last().say({ type: "signed", room: "tea", from: "bob", document: 1 });
    last().say({ type: "signed", room: "other", from: "bob", document: 2 });
    expect(heard).toEqual([{ type: "signed", room: "tea", from: "bob", document: 1 }]);
  });
});

describe("leave", () => {
  test("says goodbye and is over", async () => {
    const { room, log, last } = await seated();
    await room.leave();
    expect(last().of("leave")).toMatchObject([{ room: "tea" }]);
    expect(log).toEqual(["left"]);
    last().say(came(6, "cyd"));
    expect(log).toEqual(["left"]);
  });

  test("gives back a seat that comes when nobody wants it any more", async () => {
    let joins = 0;
    const { room, last, loseAndReopen, transport } = await seated({ join: () => (++joins === 1 ? joined() : undefined) });
    await loseAndReopen();
    await room.leave();
    const late = expect(Room.join(transport, { room: "coffee" })).rejects.toMatchObject({ reason: "timeout" });
    await vi.advanceTimersByTimeAsync(10_000);
    await late;
    const other = Room.join(transport, { room: "milk" });
    const asked = (room: string): Frame => ({ ...joined({ room }), id: last().of("join").find((frame) => frame["room"] === room)!["id"] });
    last().say({ ...asked("milk"), id: "late" });
    expect(last().of("leave")).toEqual([]);
    for (const room of ["tea", "coffee", "milk"]) last().say(asked(room));
    expect(last().of("leave")).toMatchObject([{ room: "tea" }, { room: "coffee" }]);
    expect((await other).state).toBe("joined");
  });

  test("never rejects, nor waits for ever", async () => {
    const { room, last } = await seated({ leave: () => error("internal", true) });
    const gone = vi.fn();
    void room.leave().then(gone);
    await vi.advanceTimersByTimeAsync(10 * 60_000);
    expect(gone).toHaveBeenCalledWith(undefined);
    expect(last().of("leave").length).toBeLessThan(20);
  });

  test("is said until the server knows", async () => {
    const refusals = [error("rate-limited", true), undefined, error("internal", true)];
    const { room, last } = await seated({ leave: () => (refusals.length > 0 ? refusals.shift() : { type: "ok" }) });
    const gone = vi.fn();
    void room.leave().then(gone);
    expect(room.state).toBe("left");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(last().of("leave")).toHaveLength(4);
    expect(gone).toHaveBeenCalledOnce();
  });

  test.each([["not-in-room", false], ["forbidden", false]])("that is refused with %s is over", async (code, retry) => {
    const { room, last } = await seated({ leave: () => error(code, retry) });
    await room.leave();
    expect(last().of("leave")).toHaveLength(1);
  });

  test("is over with the connection", async () => {
    const { room, transport, last } = await seated({ leave: () => error("internal", true) });
    const leaving = room.leave();
    await settle();
    transport.close();
    await leaving;
    expect(last().of("leave")).toHaveLength(1);
  });

  test("is said no more once somebody comes there by the same connection", async () => {
    const { room, transport, last } = await seated({ leave: () => error("internal", true) });
    const leaving = room.leave();
    await settle();
    const again = await Room.join(transport, { room: "tea", peer: "ada" });
    await vi.advanceTimersByTimeAsync(60_000);
    await leaving;
    expect(last().of("leave")).toHaveLength(1);
    expect(again.state).toBe("joined");
  });
});
