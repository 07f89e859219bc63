import { type Call, type CustomFrame, ParleyError } from "../../client/src/index.ts";
import { byID, icon, make, say } from "./dom.ts";
import { Drawing, readStroke, type Stroke, strokeFields } from "./drawing.ts";
import { paint, Pen } from "./pen.ts";
import { errorWords } from "./words.ts";

const gapPatience = 250; // late changes usually fill a gap within this

/** The whiteboard panel: one board for everybody in the call, kept by the server (functions/message/whiteboard). */
export class Whiteboard {
  readonly #panel = byID("board");
  readonly #paper = byID<HTMLCanvasElement>("paper");
  readonly #toggle = byID<HTMLButtonElement>("board-toggle");
  readonly #note = byID("board-note");
  readonly #opened: () => void;
  readonly #pen: Pen;
  readonly #sending = new Set<Stroke>(); // drawn here, and on their way
  readonly #waiting = new Set<Stroke>(); // those of them that wait for the server
  #drawing = new Drawing();
  #call: Call | undefined;
  #refreshTimer: ReturnType<typeof setTimeout> | undefined;
  #unseen = false;

  constructor(opened: () => void) {
    this.#opened = opened;
    this.#pen = new Pen(this.#paper, () => this.#style(), () => this.#paint(), (stroke) => void this.#send(stroke));
    new ResizeObserver(() => this.#paint()).observe(this.#paper);
    this.#toggle.addEventListener("click", () => this.show(this.#panel.hidden !== false));
    byID("board-close").addEventListener("click", () => this.#hide());
    byID("board-wipe").addEventListener("click", () => void this.#wipe());
    this.#panel.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.#hide();
    });
    this.#label();
  }

  /** A board for a call that begins. It is asked for when it is first looked at. */
  begin(call: Call): void {
    this.#call = call;
    this.#drawing = new Drawing();
    this.#sending.clear();
    this.#waiting.clear();
    this.#say("");
    this.show(false);
    call.on("custom", (frame) => this.#receive(frame));
    call.on("state", (state) => {
      if (state !== "joined") return;
      this.#drawing.doubt(); // what was drawn meanwhile was not told
      this.#say("");
      if (!this.#panel.hidden) void this.#refresh();
      for (const stroke of this.#waiting) void this.#send(stroke);
    });
  }

  get shown(): boolean {
    return !this.#panel.hidden;
  }

  end(): void {
    this.#call = undefined;
    this.#unseen = false;
    this.show(false);
  }

  show(open: boolean): void {
    const focused = this.#panel.contains(document.activeElement);
    this.#panel.hidden = !open;
    if (!open && focused) this.#toggle.focus();
    if (open) {
      this.#unseen = false;
      this.#opened();
      if (!this.#drawing.known) void this.#refresh();
      this.#paint();
    }
    this.#label();
  }

  #hide(): void {
    this.show(false);
    this.#toggle.focus();
  }

  #receive(frame: CustomFrame): void {
    const n = frame["n"];
    if (typeof n !== "number") return;
    if (frame.type === "wipe") {
      this.#wiped(n);
      this.#say("The board was cleared.");
    } else if (frame.type === "stroke") {
      const stroke = readStroke(frame);
      if (!stroke) return;
      this.#drawn(n, stroke);
      this.#unseen = this.#panel.hidden === true;
      this.#label();
    }
  }

  #wiped(n: number): void {
    this.#drawing.replace(n, []);
    this.#unseen = false;
    this.#label();
    this.#paint();
  }

  #drawn(n: number, stroke: Stroke): void {
    this.#drawing.add(n, stroke);
    if (this.#drawing.gap) {
      clearTimeout(this.#refreshTimer);
      this.#refreshTimer = setTimeout(() => {
        if (this.#drawing.gap) void this.#refresh();
      }, gapPatience);
    }
    this.#paint();
  }

  async #refresh(): Promise<void> {
    const call = this.#call;
    try {
      const board = await call?.act("board");
      if (!board || call !== this.#call || typeof board["n"] !== "number" || !Array.isArray(board["strokes"])) return;
      this.#drawing.replace(board["n"], board["strokes"].map(readStroke).filter((stroke) => stroke !== undefined));
      this.#paint();
    } catch (error) {
      this.#complain(error);
    }
  }

  async #send(stroke: Stroke): Promise<void> {
    const call = this.#call;
    this.#sending.add(stroke);
    this.#waiting.add(stroke);
    if (call?.state !== "joined") return this.#say("The server is lost. What you draw is sent when it is back.");
    try {
      const answer = await call.act("stroke", strokeFields(stroke));
      if (call === this.#call && typeof answer["n"] === "number") this.#drawn(answer["n"], stroke);
    } catch (error) {
      // It is drawn again when the server is back. If only the answer was lost, the second covers the first.
      if (error instanceof ParleyError && error.reason === "socket-closed" && call === this.#call) return;
      this.#complain(error);
      if (error instanceof ParleyError && error.retry) void this.#refresh(); // it may be on the board, or not
    }
    this.#waiting.delete(stroke);
    this.#sending.delete(stroke);
    this.#paint();
  }

  async #wipe(): Promise<void> {
    try {
      const answer = await this.#call?.act("wipe");
      if (typeof answer?.["n"] === "number") this.#wiped(answer["n"]);
      this.#say("You cleared the board for everyone.");
    } catch (error) {
      this.#complain(error);
    }
  }

  #complain(error: unknown): void {
    const reason = error instanceof ParleyError ? error.reason : "internal";
    if (this.#call?.state !== "joined" || reason === "socket-closed") this.#say("The server is lost. The board comes back with it.");
    else if (reason === "too-large") this.#say("The board is full. Clear it to draw on.");
    else if (reason === "forbidden") this.#say("Only a host can clear the board.");
    else if (reason === "unknown-action") this.#say("This server has no whiteboard.");
    else this.#say(errorWords(error).advice);
  }

  #say(text: string): void {
    this.#note.textContent = text;
  }

  #style(): { color: string; width: number } {
    const chosen = (name: string): string => this.#panel.querySelector<HTMLInputElement>(`input[name=${name}]:checked`)!.value;
    return { color: chosen("pen-color"), width: Number(chosen("pen-width")) };
  }

  #paint(): void {
    const now = this.#pen.current;
    const strokes = [...this.#drawing.strokes, ...this.#sending, ...(now ? [now] : [])];
    paint(this.#paper, strokes);
    const { length } = this.#drawing.strokes;
    this.#paper.dataset["strokes"] = String(length);
    this.#paper.setAttribute("aria-label", length === 0 ? "Whiteboard, empty" : `Whiteboard, ${length} ${length === 1 ? "stroke" : "strokes"}`);
  }

  #label(): void {
    const open = !this.#panel.hidden;
    const words = open ? "Close the whiteboard" : this.#unseen ? "Open the whiteboard, somebody has drawn" : "Open the whiteboard";
    if (this.#unseen && this.#toggle.title !== words) say("Somebody has drawn on the whiteboard");
    this.#toggle.replaceChildren(icon("board"), ...(this.#unseen ? [make("span", "badge dot")] : []));
    this.#toggle.setAttribute("aria-expanded", String(open));
    this.#toggle.setAttribute("aria-label", words);
    this.#toggle.title = words;
  }
}
