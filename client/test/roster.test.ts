import { describe, expect, test } from "vitest";
import type { PresenceFrame } from "../src/room/protocol.ts";
import { Roster, type RosterChange } from "../src/room/roster.ts";

const joined = (rev: number, peer: string): PresenceFrame => ({
  type: "peer-joined",
  room: "r",
  rev,
  entry: { peer, address: `${peer}@${rev}` },
});
const left = (rev: number, peer: string): PresenceFrame => ({ type: "peer-left", room: "r", rev, peer, reason: "left" });
const updated = (rev: number, peer: string, data: string): PresenceFrame => ({ type: "peer-updated", room: "r", rev, peer, data });
const lost = (rev: number, peer: string): PresenceFrame => ({ type: "peer-lost", room: "r", rev, peer, until: 9 });
const back = (rev: number, peer: string): PresenceFrame => ({ ...joined(rev, peer), type: "peer-back" }) as PresenceFrame;
const words = (changes: RosterChange[]) =>
  changes.map((change) => `${change.kind} ${"entry" in change ? change.entry.peer : "peer" in change ? change.peer : change.by}`);

function at(rev: number, ...peers: string[]): Roster {
  const roster = new Roster();
  roster.replace(rev, peers.map((peer) => ({ peer, address: `${peer}@0` })));
  return roster;
}

describe("Roster", () => {
  test("follows the frames", () => {
    const roster = at(3, "ada");
    expect(words(roster.apply(joined(4, "bob")))).toEqual(["joined bob"]);
    expect(words(roster.apply(updated(5, "ada", "hi")))).toEqual(["updated ada"]);
    expect(roster.peers.get("ada")).toEqual({ peer: "ada", address: "ada@0", data: "hi" });
    expect(words(roster.apply(left(6, "ada")))).toEqual(["left ada"]);
    expect([...roster.peers.keys()]).toEqual(["bob"]);
    expect(roster.gap).toBe(false);
  });

  test("holds what comes after a gap until the late frame fills it", () => {
    const roster = at(3, "ada");
    expect(roster.apply(left(5, "bob"))).toEqual([]);
    expect(roster.gap).toBe(true);
    expect(words(roster.apply(joined(4, "bob")))).toEqual(["joined bob", "left bob"]);
    expect(roster.gap).toBe(false);
  });

  test("counts what is one's own, of which nobody is told, whether it is known before what comes after it or not", () => {
    for (const ownFirst of [true, false]) {
      const roster = at(3, "ada");
      const said = [{ type: "own", rev: 4 } as const, left(5, "ada")];
      const changes = (ownFirst ? said : said.reverse()).flatMap((frame) => roster.apply(frame));
      expect(changes).toMatchObject([{ kind: "left", peer: "ada", reason: "left" }]);
      expect([roster.rev, roster.gap]).toEqual([5, false]);
    }
  });

  test("sorts what it held", () => {
    const roster = at(3);
    roster.apply(left(7, "ada"));
    roster.apply(updated(6, "ada", "hi"));
    roster.apply(joined(5, "ada"));
    expect(words(roster.apply(joined(4, "bob")))).toEqual(["joined bob", "joined ada", "updated ada", "left ada"]);
  });

  test("fills a gap from a whole roster, then goes on with what was held", () => {
    const roster = at(3, "ada");
    roster.apply(joined(6, "cyd"));
    expect(words(roster.replace(5, [{ peer: "bob" }]))).toEqual(["left ada", "joined bob", "joined cyd"]);
    expect(roster.rev).toBe(6);
  });

  test("takes several frames of one revision", () => {
    const roster = at(3, "ada", "bob");
    expect(words(roster.apply(left(4, "ada")))).toEqual(["left ada"]);
    expect(words(roster.apply(joined(4, "cyd")))).toEqual(["joined cyd"]);
  });

  test("keeps a new holder of a name when the departure of the former one comes late", () => {
    const roster = at(3, "ada");
    expect(words(roster.apply(joined(4, "ada")))).toEqual(["left ada", "joined ada"]);
    expect(roster.apply(left(4, "ada"))).toEqual([]);
    expect(roster.peers.get("ada")?.address).toBe("ada@4");
    expect(words(roster.apply(left(5, "ada")))).toEqual(["left ada"]);
  });

  test("ignores repeats and what is older than the roster it has", () => {
    const roster = at(3, "ada");
    roster.apply(joined(4, "bob"));
    expect(roster.apply(joined(4, "bob"))).toEqual([]);
    expect(roster.apply(left(2, "ada"))).toEqual([]);
    expect(roster.replace(2, [])).toEqual([]);
    roster.replace(7, [{ peer: "ada" }, { peer: "bob" }]);
    expect(roster.apply(left(7, "ada"))).toEqual([]);
    expect([...roster.peers.keys()]).toEqual(["ada", "bob"]);
  });

  test("holds everything until it knows where to begin", () => {
    const roster = new Roster();
    expect(roster.apply(joined(8, "bob"))).toEqual([]);
    expect(words(roster.replace(7, [{ peer: "ada" }]))).toEqual(["joined ada", "joined bob"]);
  });

  test("tells the differences after a suspension", () => {
    const roster = at(3, "ada", "bob");
    roster.apply(joined(5, "held"));
    roster.suspend();
    roster.apply(joined(1, "stale"));
    expect(words(roster.replace(1, [{ peer: "bob", address: "new" }, { peer: "cyd" }]))).toEqual(["left ada", "joined cyd"]);
    expect(roster.peers.get("bob")?.address).toBe("new");
    roster.replace(4, [...roster.peers.values()]);
    expect(roster.peers.has("held")).toBe(false);
  });

  test("keeps who is lost until it is back, or given up", () => {
    const roster = at(3, "ada", "bob");
    expect(words(roster.apply(lost(4, "ada")))).toEqual(["lost ada"]);
    expect(words(roster.apply(lost(5, "ada")))).toEqual([]);
    expect(roster.peers.get("ada")).toMatchObject({ lost: 9 });
    expect(words(roster.apply(back(6, "ada")))).toEqual(["back ada"]);
    expect(roster.peers.get("ada")).toEqual({ peer: "ada", address: "ada@6" });
    expect(words(roster.apply(back(7, "bob")))).toEqual(["moved bob"]);
    expect(roster.giveUp("ada")).toEqual([]);
    roster.apply(lost(8, "ada"));
    expect(words(roster.giveUp("ada"))).toEqual(["left ada"]);
    expect(words(roster.apply(left(9, "ada")))).toEqual([]);
    expect(words(roster.apply(back(10, "ada")))).toEqual(["joined ada"]);
    expect(words(roster.apply(lost(11, "nobody")))).toEqual([]);
    expect(roster.rev).toBe(11);
  });
});
