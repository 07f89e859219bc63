import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import type { Browser, Page } from "playwright-core";
import { patience } from "./chromium.ts";

const require = createRequire(import.meta.url);
const read = (path: string): Promise<string> => readFile(new URL(path, import.meta.url), "utf8");

/** A demo as a server of its own would give it out, with parley-io.js behind the client's script. */
export class Demo {
  readonly #server: Server;
  readonly #url: string;

  /** Serves it with a release of socket.io-client, pointed at that stage and recipe. */
  static async serve(release: string, stage: string, recipe: string): Promise<Demo> {
    const shim = `<script src="/parley-io.js" data-url="${stage}" data-recipe="${recipe}"></script>`;
    const client = require.resolve(`${release}/package.json`).replace("package.json", "dist/socket.io.js");
    const files = new Map([
      ["/", (await read("demo/index.html")).replace(/<script src="\/socket\.io.*<\/script>/, `$&${shim}`)],
      ["/app.js", await read("demo/app.js")],
      ["/parley-io.js", await read("../../parley-io.js")],
      ["/socket.io/socket.io.js", await readFile(client, "utf8")],
    ]);
    const server = createServer(({ url }, answer) => {
      const body = files.get(url!);
      answer.writeHead(body === undefined ? 404 : 200, { "content-type": url === "/" ? "text/html" : "text/javascript" }).end(body);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new Demo(server);
  }

  private constructor(server: Server) {
    this.#server = server;
    this.#url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  }

  async open(browser: Browser, room: string): Promise<Page> {
    const page = await (await browser.newContext()).newPage();
    page.setDefaultTimeout(patience);
    await page.goto(`${this.#url}#${room}`);
    return page;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
