import type { Call, Channel, RemotePeer } from "../../client/src/index.ts";
import type { Chat } from "./chat.ts";
import { byID } from "./dom.ts";
import { nameOf } from "./profile.ts";
import { errorWords } from "./words.ts";

const maxSize = 512 * 1024 * 1024;

/** Files to everybody in a call, from browser to browser: by a button of the chat, by drag and drop, and from the clipboard. */
export class Files {
  readonly #call: Call;
  readonly #chat: Chat;
  readonly #channel: Channel;
  readonly #shown = new WeakSet<object>();
  readonly #end = new AbortController();

  constructor(call: Call, chat: Chat) {
    this.#call = call;
    this.#chat = chat;
    this.#channel = call.channel("files", { maxSize });
    this.#channel.on("incoming", (transfer) => {
      const row = chat.addFile(nameOf(transfer.peer), transfer.name ?? "A file", transfer.size, false, () => transfer.cancel());
      transfer.on("progress", () => row.progress(transfer.received / transfer.size));
      transfer.on("cancelled", () => row.failed("Not received"));
      transfer.on("done", (data) => {
        if (!(data instanceof Blob)) return row.failed("This is no file");
        this.#shown.add(data);
        row.done("Save", data);
      });
    });
    this.#channel.on("message", ({ peer, data, name }) => {
      // What came in one piece; of the rest the transfer has told.
      if (data instanceof Blob) setTimeout(() => this.#show(peer, data, name ?? "A file"));
    });
    this.#listen();
  }

  end(): void {
    this.#end.abort();
    this.#channel.close();
  }

  #show(peer: RemotePeer, data: Blob, name: string): void {
    if (!this.#shown.has(data)) this.#chat.addFile(nameOf(peer), name, data.size, false).done("Save", data);
  }

  #listen(): void {
    const { signal } = this.#end;
    const input = byID<HTMLInputElement>("attach-files");
    byID("attach").addEventListener("click", () => input.click(), { signal });
    input.addEventListener("change", () => {
      this.#send(input.files);
      input.value = ""; // so that the same one may be chosen again
    }, { signal });
    byID("chat-input").addEventListener("paste", (event) => {
      const { files } = event.clipboardData ?? {};
      if (!files?.length) return;
      event.preventDefault();
      this.#send(files);
    }, { signal });
    const place = byID("call");
    const carries = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") ?? false;
    place.addEventListener("dragover", (event) => {
      if (!carries(event)) return;
      event.preventDefault();
      place.dataset["drop"] = "";
    }, { signal });
    place.addEventListener("dragleave", (event) => {
      if (!(event.relatedTarget instanceof Node && place.contains(event.relatedTarget))) delete place.dataset["drop"];
    }, { signal });
    place.addEventListener("drop", (event) => {
      delete place.dataset["drop"];
      if (!carries(event)) return;
      event.preventDefault();
      this.#send(event.dataTransfer!.files);
    }, { signal });
  }

  #send(files: Iterable<File> | null): void {
    for (const file of files ?? []) void this.#sendOne(file);
  }

  async #sendOne(file: File): Promise<void> {
    this.#chat.show(true);
    if (this.#call.peers.size === 0) return this.#chat.note("Nobody else is here yet.");
    const abort = new AbortController();
    const row = this.#chat.addFile("You", file.name, file.size, true, () => abort.abort());
    const sent = new Map<string, number>();
    const everybody = this.#call.peers.size;
    try {
      const got = await this.#channel.send(file, {
        signal: AbortSignal.any([abort.signal, this.#end.signal]),
        onProgress: ({ peer, sent: bytes }) => {
          sent.set(peer.name, bytes);
          row.progress([...sent.values()].reduce((sum, one) => sum + one, 0) / (file.size * everybody));
        },
      });
      if (got.length === 0) row.failed("Not sent");
      else row.done(got.length === 1 ? "Sent" : `Sent to ${got.length}`);
    } catch (error) {
      row.failed(abort.signal.aborted ? "Not sent" : errorWords(error).title);
    }
  }
}
