import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Room, Transport } from "../src/index.ts";
import { type FakeSocket, fakeSockets, type Frame, settle } from "./fake-socket.ts";
import { came, error, joined, seated } from "./seated.ts";

const minute = 60_000;
beforeEach(() => {
  vi.useFakeTimers({ now: 1_700_000_000_000 });
  vi.spyOn(Math, "random").mockReturnValue(0);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const replaced: Frame = { type: "kicked", room: "tea", by: "ada", reason: "replaced" };

/** Ada on a socket; each seat she takes has a resume string of its own, unless `join` says otherwise. */
async function travelling(answers: Record<string, (frame: Frame, socket: FakeSocket) => Frame | undefined> = {}) {
  let rev = 4;
  const all = await seated({ ping: () => ({ type: "pong" }), join: () => joined({ rev: ++rev, resume: `r${rev}` }), ...answers });
  return { ...all, first: all.sockets[0]! };
}

describe("renewal", () => {
  test("takes the seat on a second socket while the first is open, and nobody notices", async () => {
    const { room, transport, log, errors, first, sockets } = await travelling();
    const states = vi.fn();
    transport.on("state", states);
    const renewing = room.renew();
    await settle();
    const second = sockets[1]!;
    second.open();
    await renewing;
    expect(second.of("join")).toMatchObject([{ room: "tea", peer: "ada", resume: "r5" }]);
    expect(first.closed).toBe(false);
    first.say(replaced);
    first.lose();
    await room.signal("bob", "hi");
    expect(second.of("signal")).toHaveLength(1);
    expect(first.of("signal")).toHaveLength(0);
    expect([log, errors, states.mock.calls]).toEqual([[], [], []]);
    expect(room.state).toBe("joined");
  });

  test("hears both sockets meanwhile, and what comes twice once", async () => {
    const { room, log, first, sockets } = await travelling();
    const renewing = room.renew();
    await settle();
    sockets[1]!.open();
    await renewing;
    const hello = { type: "signal", room: "tea", from: "bob", data: "hello", n: 3 * 2 ** 20 + 1 };
    first.say(hello);
    sockets[1]!.say(hello);
    first.say(came(7, "cyd"));
    sockets[1]!.say(came(7, "cyd"));
    expect(log).toEqual(["bob: hello", "+cyd"]);
  });

  test("what was under way on the former socket is answered there, or sent again on the new one", async () => {
    let one: FakeSocket | undefined;
    const { room, first, sockets } = await travelling({ signal: (_, socket) => (socket === (one ??= socket) ? undefined : { type: "ok" }) });
    const answered = room.signal("bob", "a");
    const unanswered = room.signal("bob", "b");
    const renewing = room.renew();
    await settle();
    sockets[1]!.open();
    await renewing;
    first.say({ type: "ok", id: first.of("signal")[0]!["id"] as string });
    await answered;
    first.lose();
    await vi.advanceTimersByTimeAsync(500);
    await unanswered;
    expect(sockets[1]!.of("signal")[0]).toMatchObject({ data: "b", n: first.of("signal")[1]!["n"] });
    expect(sockets[1]!.of("signal").filter(({ n }) => n !== undefined)).toHaveLength(1);
  });

  test("survives the end of the former socket before the answer", async () => {
    let one: FakeSocket | undefined;
    const join = (_: Frame, socket: FakeSocket) => (socket === (one ??= socket) ? joined({ resume: "r" }) : undefined);
    const { room, log, first, sockets } = await travelling({ join });
    const renewing = room.renew();
    await settle();
    const second = sockets[1]!;
    second.open();
    await settle();
    first.say(replaced);
    first.lose();
    second.say({ ...joined({ rev: 6, resume: "s" }), id: second.of("join")[0]!["id"] as string });
    await renewing;
    expect(log).toEqual([]);
    expect(sockets).toHaveLength(2);
  });

  test("happens by itself long before two hours are over, again and again", async () => {
    const { sockets, last } = await travelling();
    for (let age = 0; age < 3; age++) {
      await vi.advanceTimersByTimeAsync(105 * minute - 2);
      expect(sockets).toHaveLength(age + 1);
      await vi.advanceTimersByTimeAsync(2);
      expect(sockets).toHaveLength(age + 2);
      last().open();
      await settle();
    }
  });

  test("that cannot connect leaves everything as it is, and is tried again", async () => {
    vi.mocked(Math.random).mockReturnValue(0.5);
    const { room, log, sockets, first } = await travelling();
    await vi.advanceTimersByTimeAsync(110 * minute + 1);
    sockets[1]!.lose();
    await vi.advanceTimersByTimeAsync(25_000);
    expect(sockets).toHaveLength(3);
    sockets[2]!.open();
    await settle();
    expect(log).toEqual([]);
    expect(sockets[2]!.of("join")).toHaveLength(1);
    await room.signal("bob", "hi");
    expect(first.of("signal")).toHaveLength(0);
  });

  test("that is refused its seat leaves everything as it is", async () => {
    let one: FakeSocket | undefined;
    const join = (_: Frame, socket: FakeSocket) => (socket === (one ??= socket) ? joined({ resume: "r" }) : error("over-budget"));
    const { room, log, first, sockets } = await travelling({ join });
    const renewing = expect(room.renew()).rejects.toMatchObject({ reason: "over-budget" });
    await settle();
    sockets[1]!.open();
    await renewing;
    expect(sockets[1]!.closed).toBe(true);
    await room.signal("bob", "hi");
    expect(first.of("signal")).toHaveLength(1);
    expect(log).toEqual([]);
  });

  test("without an answer leads back to one socket, whichever has the seat", async () => {
    let joins = 0;
    const { room, log, first, sockets, last } = await travelling({ join: () => (++joins === 2 ? undefined : joined({ resume: "r" })) });
    const renewing = expect(room.renew()).rejects.toMatchObject({ reason: "timeout" });
    await settle();
    sockets[1]!.open();
    await vi.advanceTimersByTimeAsync(1_000);
    await renewing;
    expect(first.closed).toBe(false);
    first.say(replaced); // the server did it all the same
    await vi.advanceTimersByTimeAsync(500);
    last().open();
    await settle();
    expect(log).toEqual(["away", "joined"]);
  });

  test("takes the seats of all rooms along, or none: divided, they come together again on one socket", async () => {
    for (const refused of [false, true]) {
      let joins = 0;
      const { transport, log, sockets, last } = await travelling({
        join: ({ room }) => (++joins === 4 && refused ? error("over-budget") : { ...joined({ resume: `r${joins}` }), room }),
      });
      const other = await Room.join(transport, { room: "coffee", peer: "ada" });
      const renewing = transport.renew();
      renewing.catch(() => {});
      await settle();
      last().open();
      await vi.advanceTimersByTimeAsync(10);
      expect(sockets[1]!.of("join").map(({ room }) => room)).toEqual(["tea", "coffee"]);
      if (refused) {
        expect([...sockets].map(({ closed }) => closed)).toEqual([true, true, false]);
        last().open();
        await settle();
        expect(last().of("join")).toMatchObject([{ room: "tea", resume: "r3" }, { room: "coffee", resume: "r2" }]);
      }
      expect([log.join(" "), other.state]).toEqual([refused ? "away joined" : "", "joined"]);
    }
  });

  test("is not tried where no seat can be moved, or while there is no connection", async () => {
    const { room, sockets, first } = await travelling({ join: () => joined() });
    await expect(room.renew()).rejects.toMatchObject({ reason: "resume-expired" });
    expect(sockets).toHaveLength(1);
    first.lose();
    await expect(room.renew()).rejects.toMatchObject({ reason: "socket-closed" });
  });

  test("ends with close(), also while the seat is on its way", async () => {
    for (const under of [false, true]) {
      let joins = 0;
      const { room, transport, sockets } = await travelling({ join: () => (++joins === 1 ? joined({ resume: "r" }) : undefined) });
      const renewing = expect(room.renew()).rejects.toMatchObject({ reason: "aborted" });
      await settle();
      if (under) sockets[1]!.open();
      await settle();
      transport.close();
      await renewing;
      expect(sockets.every(({ closed }) => closed)).toBe(true);
      expect(room.state).toBe("left");
    }
  });

  describe("of two rooms, one of which is slow", () => {
    async function divided() {
      const join = (frame: Frame, socket: FakeSocket) =>
        socket.sent[0]!["resume"] && frame["room"] === "coffee" ? undefined : joined({ room: frame["room"], resume: "r" });
      let refusals = 0;
      const moved = (_: Frame, socket: FakeSocket) => (socket === all.first && ++refusals < 5 ? error("not-in-room") : { type: "ok" });
      const all = await travelling({ join, update: moved, leave: moved });
      const coffee = await Room.join(all.transport, { room: "coffee", peer: "ada" });
      const renewing = all.transport.renew();
      await settle();
      const second = all.sockets[1]!;
      second.open();
      await settle();
      const arrive = async () => {
        second.say({ ...joined({ room: "coffee", resume: "s" }), id: second.of("join").find(({ room }) => room === "coffee")!["id"] });
        await renewing;
        await settle();
      };
      return { ...all, coffee, second, arrive };
    }

    test("the other speaks where it is by then", async () => {
      const { room, first, second, arrive } = await divided();
      await room.update({ hi: 2 });
      expect([first.of("update").length, second.of("update").length]).toEqual([0, 1]);
      await arrive();
      expect([first, second].map((socket) => socket.of("join").length)).toEqual([2, 2]);
      expect(room.state).toBe("joined");
    });

    test("who leaves meanwhile has a seat nowhere", async () => {
      const { room, coffee, first, second, arrive } = await divided();
      await room.leave();
      await coffee.leave();
      await arrive();
      expect(second.of("leave").map(({ room }) => room)).toEqual(["tea", "coffee"]);
      expect(first.of("leave").map(({ room }) => room)).toEqual(["coffee"]);
    });
  });
});

describe("a seat taken by another page of the same user", () => {
  test("ends the room, and says why", async () => {
    const { log, errors, first, sockets } = await travelling();
    first.say(replaced);
    first.lose();
    await vi.advanceTimersByTimeAsync(minute);
    expect(log).toEqual(["left"]);
    expect(errors).toMatchObject([{ reason: "replaced" }]);
    expect(sockets.slice(1).flatMap(({ sent }) => sent)).toEqual([]);
  });

  test("ends all seats of the connection during a renewal, each for itself", async () => {
    let first: FakeSocket | undefined;
    const join = (frame: Frame, socket: FakeSocket): Frame | undefined => {
      first ??= socket;
      return socket === first ? joined({ room: frame["room"], resume: "r" }) : undefined;
    };
    const all = await seated({ join });
    const other = await Room.join(all.transport, { room: "coffee", peer: "ada" });
    const told: string[] = [];
    other.on("error", ({ reason }) => told.push(reason));
    const renewing = expect(all.transport.renew()).rejects.toMatchObject({ reason: "resume-expired" });
    await settle();
    const second = all.sockets[1]!;
    second.open();
    await settle();
    first!.say(replaced);
    first!.say({ ...replaced, room: "coffee" });
    for (const { id } of second.of("join")) second.say({ ...error("resume-expired"), id: id as string });
    await renewing;
    expect([all.room.state, other.state]).toEqual(["left", "left"]);
    expect([...all.errors.map(({ reason }) => reason), ...told]).toEqual(["replaced", "replaced"]);
  });

  test("ends it during a renewal, too", async () => {
    let joins = 0;
    const join = () => (++joins === 1 ? joined({ resume: "r" }) : undefined);
    const { room, log, errors, first, sockets } = await travelling({ join });
    const renewing = expect(room.renew()).rejects.toMatchObject({ reason: "resume-expired" });
    await settle();
    const second = sockets[1]!;
    second.open();
    await settle();
    first.say(replaced);
    expect(log).toEqual([]);
    second.say({ ...error("resume-expired"), id: second.of("join")[0]!["id"] as string });
    await renewing;
    expect(log).toEqual(["left"]);
    expect(errors).toMatchObject([{ reason: "replaced" }]);
  });

  test("ends it after a renewal", async () => {
    const { room, log, errors, sockets } = await travelling();
    const renewing = room.renew();
    await settle();
    sockets[1]!.open();
    await renewing;
    sockets[1]!.say(replaced);
    expect(log).toEqual(["left"]);
    expect(errors).toMatchObject([{ reason: "replaced" }]);
  });
});

describe("hints of the browser", () => {
  function browser() {
    const page = Object.assign(new EventTarget(), { visibilityState: "hidden" });
    const connection = Object.assign(new EventTarget(), { type: "wifi" });
    const globe = new EventTarget();
    vi.stubGlobal("document", page);
    vi.stubGlobal("navigator", { connection });
    vi.stubGlobal("addEventListener", globe.addEventListener.bind(globe));
    vi.stubGlobal("removeEventListener", globe.removeEventListener.bind(globe));
    return {
      page,
      connection,
      happens: (name: string) => (name === "visibilitychange" ? page : name === "change" ? connection : globe).dispatchEvent(new Event(name)),
    };
  }

  test.each(["visibilitychange", "pageshow", "online"])("after %s a socket that does not answer within 5 s is given up", async (name) => {
    const { page, happens } = browser();
    page.visibilityState = "visible";
    const fakes = fakeSockets();
    const transport = new Transport("wss://x.test", { WebSocket: fakes.WebSocket });
    const opening = transport.open();
    fakes.last().open();
    await opening;
    const first = fakes.last();
    happens(name);
    expect(first.of("ping")).toHaveLength(1);
    happens(name);
    expect(first.of("ping")).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(4_999);
    expect(first.closed).toBe(false);
    await vi.advanceTimersByTimeAsync(name === "online" ? 10_000 : 1); // the second socket, too, gets its time
    expect(first.closed).toBe(true);
    await vi.advanceTimersByTimeAsync(1);
    expect(fakes.sockets.length).toBeGreaterThan(1);
    transport.close();
  });

  test("a page that is hidden is no reason", async () => {
    const { happens } = browser();
    const { first } = await travelling();
    happens("visibilitychange");
    expect(first.of("ping")).toEqual([]);
  });

  test("another network means another socket, at once and not all the time", async () => {
    const { connection, happens } = browser();
    const { sockets, log } = await travelling();
    happens("change"); // of the bandwidth
    expect(sockets).toHaveLength(1);
    connection.type = "cellular";
    happens("change");
    await settle();
    expect(sockets).toHaveLength(2);
    sockets[1]!.open();
    await settle();
    happens("online");
    await settle();
    expect(sockets).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(10_000);
    happens("online");
    await settle();
    expect(sockets).toHaveLength(3);
    expect(log).toEqual([]);
  });
});
