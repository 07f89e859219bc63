import { execFile } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "vite";

const run = promisify(execFile);
const client = fileURLToPath(new URL("../../", import.meta.url));
const types: Record<string, string> = { ".html": "text/html", ".js": "text/javascript", ".map": "application/json" };

/** Packs the SDK as it would be published; returns the path of the tarball in `folder`. */
export async function pack(folder: string): Promise<string> {
  const { stdout } = await run("npm", ["pack", "--silent", "--pack-destination", folder], { cwd: client });
  return join(folder, stdout.trim().split("\n").at(-1)!);
}

/** An empty project of somebody else's, with the packed SDK installed in it. */
export class Project {
  readonly folder: string;
  #servers: Server[] = [];

  /** `tarball` from `pack`; `others` are packages of ours that stand in for those that npm would fetch. */
  static async create(tarball: string, ...others: string[]): Promise<Project> {
    const project = new Project(await mkdtemp(join(tmpdir(), "parley-project-")));
    await project.write("package.json", JSON.stringify({ name: "project", private: true, type: "module" }));
    await run("npm", ["install", "--offline", "--silent", "--ignore-scripts", "--no-audit", "--no-fund", tarball], { cwd: project.folder });
    for (const spec of others) {
      const [name, from] = spec.split("=") as [string, string?];
      const link = join(project.folder, "node_modules", name);
      await mkdir(dirname(link), { recursive: true });
      await symlink(join(client, "node_modules", from ?? name), link);
    }
    return project;
  }

  private constructor(folder: string) {
    this.folder = folder;
  }

  async write(path: string, contents: string): Promise<void> {
    await mkdir(dirname(join(this.folder, path)), { recursive: true });
    await writeFile(join(this.folder, path), contents);
  }

  /** Copies a file that the package has. */
  async take(path: string, to: string): Promise<void> {
    await copyFile(join(this.folder, "node_modules/@parley-rtc/client", path), join(this.folder, to));
  }

  /** What TypeScript complains about in these files. */
  async check(moduleResolution: "bundler" | "nodenext", ...files: string[]): Promise<string> {
    const module = moduleResolution === "bundler" ? "esnext" : moduleResolution;
    const options = ["--noEmit", "--strict", "--target", "es2022", "--lib", "es2023,dom,dom.iterable", "--jsx", "react-jsx", "--types", ""];
    try {
      await run(join(client, "node_modules/.bin/tsc"), [...options, "--module", module, "--moduleResolution", moduleResolution, ...files], { cwd: this.folder });
      return "";
    } catch (error) {
      return (error as { stdout: string }).stdout;
    }
  }

  /** Bundles the page that runs `script` as a developer would, and serves it; returns its URL. */
  async bundle(script: string, minify = true): Promise<string> {
    await this.write("index.html", `<!doctype html><title>project</title><div id="root"></div><script type="module" src="/${script}"></script>`);
    await build({ configFile: false, logLevel: "silent", root: this.folder, build: { minify, target: "es2022", modulePreload: false } });
    return this.serve("dist");
  }

  /** Serves a folder of the project; returns its URL. */
  async serve(folder = "."): Promise<string> {
    const server = createServer((request, answer) => {
      const path = normalize(new URL(request.url!, "http://project").pathname);
      const file = join(this.folder, folder, path.endsWith("/") ? `${path}index.html` : path);
      readFile(file).then(
        (body) => answer.writeHead(200, { "content-type": types[extname(file)] ?? "text/plain" }).end(body),
        () => answer.writeHead(404).end(),
      );
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    this.#servers.push(server);
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  }

  async remove(): Promise<void> {
    for (const server of this.#servers) {
      server.close();
      server.closeAllConnections();
    }
    await rm(this.folder, { recursive: true, force: true });
  }
}
