import { describe, expect, test } from "vitest";
import type { Span, Step } from "../../web/src/happened/spans.ts";
import { tell } from "../../web/src/happened/story.ts";

let ids = 0;
const push = (name: string, at: number, frame: object, status = 200): Step => ({ kind: "push", name, at, status, text: JSON.stringify(frame) });
const invoke: Step = { kind: "invoke", name: "message", at: 0 };

function span(kind: string, connection: string, at: number, frame?: object, ...steps: Step[]): Span {
  const body = frame && { event: { body: JSON.stringify(frame) } };
  return { id: ++ids, kind, connection, at, took: 4_000, steps: [invoke, ...steps], wru: 1, rru: 0.5, usd: 0.000_001, ...body };
}

const sdp = (type: string) => ({ session: "x.1", description: { type, sdp: "v=0" }, candidates: [{ candidate: "a" }, { candidate: "b" }] });

const call: readonly Span[] = [
  span("connect", "A", 1_000),
  span("message", "A", 1_010, { action: "join", room: "tea", peer: "ada", data: { name: "Ada L." } }, push("A", 3_000, { type: "joined", room: "tea", peer: "ada", peers: [] })),
  span("connect", "B", 2_000),
  span("message", "B", 2_010, { action: "join", room: "tea", peer: "bob" }, push("B", 3_000, { type: "joined", peer: "bob", peers: [{ peer: "ada" }] }), push("A", 3_500, { type: "peer-joined", peer: "bob" })),
  span("message", "B", 2_100, { action: "signal", room: "tea", to: "ada", data: sdp("offer") }, push("A", 2_000, { type: "signal", from: "bob", data: sdp("offer") })),
  span("message", "C", 2_150, { action: "join", room: "coffee", peer: "cyd" }),
  span("message", "B", 2_160, { action: "join", room: "coffee", peer: "bob" }),
  span("message", "A", 2_200, { action: "ping" }, push("A", 100, { type: "pong" }, 410)),
  span("message", "A", 3_000, { action: "leave", room: "tea" }, push("B", 100, { type: "peer-left", peer: "ada" })),
  span("disconnect", "A", 3_100),
  span("disconnect", "B", 4_000),
];

describe("the story of a call", () => {
  test("has the messages of its room, in their order, in words, whatever the order in which they came", () => {
    const story = tell([...call].reverse(), "tea");
    expect(story.lanes).toEqual(["Ada L.", "Parley", "bob"]);
    expect(story.chapters.map(({ title, rows }) => [title, ...rows.map(({ from, to, words }) => `${from} → ${to}: ${words}`)])).toEqual([
      ["Ada L. comes in", "Ada L. → Parley: opens a socket", "Ada L. → Parley: join", "Parley → Ada L.: joined, nobody else is here"],
      ["bob comes in", "bob → Parley: opens a socket", "bob → Parley: join", "Parley → bob: joined, 1 other here", "Parley → Ada L.: bob came"],
      [
        "The browsers agree on how to reach each other",
        "bob → Parley: offer with 2 candidates for Ada L.",
        "Parley → Ada L.: offer with 2 candidates of bob",
        "Ada L. → Parley: ping",
        "Parley → Ada L.: not delivered: 410",
      ],
      ["Ada L. leaves", "Ada L. → Parley: leave", "Parley → bob: Ada L. left", "Ada L. → Parley: socket closed"],
      ["bob loses the connection", "bob → Parley: socket closed"],
    ]);
    expect(story.chapters[1]!.rows.map(({ at }) => at)).toEqual([1_000_000, 1_010_000, 1_013_000, 1_013_500]);
  });

  test("adds up what the call has cost, and nothing of other rooms", () => {
    const { figures } = tell(call, "tea");
    expect(figures).toMatchObject({ messagesIn: 5, messagesOut: 5, invocations: 9, wru: 9, rru: 4.5, lasted: 3_000 });
    expect(figures.usd).toBeCloseTo(0.000_009, 12);
    expect(tell(call, "lemonade")).toMatchObject({ lanes: ["Parley"], chapters: [] });
  });

  test("survives what is no frame, and one whose end was not kept", () => {
    const cut = JSON.stringify({ action: "signal", room: "tea", to: "bob", data: sdp("offer") }).slice(0, 60);
    const odd = { ...span("message", "A", 5_000), event: { body: cut } };
    const wrong = { ...span("message", "A", 5_001), event: { body: "[]{" } };
    const { chapters } = tell([...call, odd, wrong], "tea");
    expect(chapters.at(-1)!.rows.map(({ words }) => words)).toEqual(["signal for bob", "message"]);
  });

  test("tells who asks, who decides and who goes", () => {
    const refused = { type: "error", action: "join", code: "room-locked" };
    const door: readonly Span[] = [
      call[0]!, call[1]!,
      span("connect", "B", 2_000),
      span("message", "B", 2_010, { action: "join", room: "tea", peer: "bob" }, push("B", 100, refused)),
      span("message", "B", 2_020, { action: "knock", room: "tea", peer: "bob" }, push("A", 100, { type: "knocked", peer: "bob" })),
      span("message", "A", 2_030, { action: "admit", room: "tea", peer: "bob" }, push("B", 100, { type: "admitted", peer: "bob", pass: "p" })),
      span("message", "B", 2_040, { action: "join", room: "tea", peer: "bob", pass: "p" }, push("B", 100, { type: "joined", peer: "bob", peers: [{ peer: "ada" }] })),
      span("message", "B", 2_050, { action: "signal", room: "tea", to: "ada", data: sdp("offer") }),
      span("message", "C", 2_060, { action: "knock", room: "tea", peer: "cyd" }),
      span("message", "A", 2_070, { action: "deny", room: "tea", peer: "cyd" }, push("C", 100, { type: "denied", by: "ada" })),
      span("disconnect", "C", 2_080),
      span("message", "D", 2_090, { action: "knock", room: "tea", peer: "dan" }),
      span("disconnect", "D", 2_100),
      span("message", "A", 2_110, { action: "lock", room: "tea" }, push("B", 100, { type: "room-locked", by: "ada" })),
      span("message", "A", 2_120, { action: "kick", room: "tea", peer: "bob" }, push("B", 100, { type: "kicked", by: "ada" })),
      span("disconnect", "B", 2_130),
    ];
    const { chapters } = tell(door, "tea");
    expect(chapters.map(({ title, rows }) => [title, ...rows.map(({ words }) => words)])).toEqual([
      ["Ada L. comes in", "opens a socket", "join", "joined, nobody else is here"],
      ["bob asks to come in", "opens a socket", "join", "a host has to let you in", "may I come in?", "bob would like to come in"],
      ["Ada L. decides as a host", "let bob in", "come in"],
      ["bob comes in", "join", "joined, 1 other here"],
      ["The browsers agree on how to reach each other", "offer with 2 candidates for Ada L."],
      ["cyd asks to come in", "may I come in?"],
      ["Ada L. decides as a host", "do not let cyd in", "you are not let in"],
      ["cyd leaves", "socket closed"],
      ["dan asks to come in", "may I come in?"],
      ["dan leaves", "socket closed"],
      ["Ada L. decides as a host", "lock the room", "Ada L. locked the room", "remove bob", "you are removed"],
      ["bob leaves", "socket closed"],
    ]);
    expect(chapters.flatMap(({ rows }) => rows.filter(({ failed }) => failed))).toEqual([]);
  });

  test("tells a question from its answer", () => {
    const asked = span("message", "A", 2_300, { action: "roster", room: "tea" }, push("A", 100, { type: "roster", peers: [{ peer: "bob" }] }));
    const refused = span("message", "A", 2_400, { action: "lock", room: "tea" }, push("A", 100, { type: "error", action: "lock", code: "forbidden" }));
    const rows = tell([...call, asked, refused], "tea").chapters.slice(2, 4).flatMap(({ rows }) => rows).slice(-4);
    expect(rows.map(({ words, failed }) => [words, failed])).toEqual([
      ["who is here?", false], ["1 other here", false], ["lock the room", false], ["refused: forbidden", true],
    ]);
  });
});
