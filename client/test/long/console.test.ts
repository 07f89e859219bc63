import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchChromium, patience } from "../browser/chromium.ts";
import { type Localdev, startLocaldev } from "../browser/localdev.ts";
import { violations } from "./axe.ts";

let localdev: Localdev;
let browser: Browser;
let page: Page; // the console
let clients: Page; // where the clients of the API live
const complaints: string[] = [];

declare global {
  interface Window {
    sockets: Record<string, WebSocket>;
  }
}

beforeAll(async () => {
  browser = await launchChromium({ allow: true });
  localdev = await startLocaldev();
  clients = await browser.newPage();
  await clients.goto(localdev.url);
  page = await (await browser.newContext({ viewport: { width: 1360, height: 850 }, acceptDownloads: true, colorScheme: "light" })).newPage();
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  for (const one of [clients, page]) one.setDefaultTimeout(patience);
  await page.goto(`${localdev.url}/_localdev/`);
  await page.locator("#live.on").waitFor();
});
afterAll(async () => {
  await Promise.all([browser?.close(), localdev?.stop()]);
});

/** Opens a socket and joins a room; returns once the server has answered. */
async function join(peer: string): Promise<void> {
  await clients.evaluate(
    async ([peer]) => {
      window.sockets ??= {};
      const socket = new WebSocket(`${location.origin.replace("http", "ws")}/prod`);
      window.sockets[peer] = socket;
      await new Promise((resolve) => socket.addEventListener("open", resolve));
      const joined = new Promise((resolve) => socket.addEventListener("message", resolve, { once: true }));
      socket.send(JSON.stringify({ action: "join", room: "atelier", peer }));
      await joined;
    },
    [peer] as const,
  );
}

const send = (peer: string, frame: unknown): Promise<void> =>
  clients.evaluate(([peer, text]) => window.sockets[peer]!.send(text), [peer, typeof frame === "string" ? frame : JSON.stringify(frame)] as const);

/** Opens a socket with a query of its own, as the client of another protocol does. */
const connect = (client: string, query: string): Promise<void> =>
  clients.evaluate(
    async ([client, query]) => {
      const socket = new WebSocket(`${location.origin.replace("http", "ws")}/prod?${query}`);
      window.sockets[client] = socket;
      await new Promise((resolve) => socket.addEventListener("open", resolve));
    },
    [client, query] as const,
  );
const rows = () => page.getByTestId("row");
const row = (text: string) => rows().filter({ hasText: text });

test("can be read by everybody before anything has happened", async () => {
  expect(await violations(page)).toEqual([]);
  expect(await violations(clients), "the demo page").toEqual([]);
});

test("shows each message with what it caused, as it happens", async () => {
  expect(await page.locator("#none").textContent()).toContain("No message yet");
  await join("ada");
  await join("bob");
  await row("$connect 200").nth(1).waitFor();
  await row('"peer":"bob"').click();
  const ladder = page.locator(".ladder");
  await ladder.getByText("push", { exact: false }).first().waitFor(); // to ada, who hears of bob
  const words = await ladder.locator("svg").textContent();
  for (const lane of ["API Gateway", "message", "DynamoDB"]) expect(words).toContain(lane);
  expect(words).toMatch(/billed \d+ ms/);
  expect(words).toMatch(/UpdateItem|PutItem|GetItem/);
  expect(words).toMatch(/\d WRU/);
  expect(await page.locator("#detail .facts").first().textContent()).toMatch(/cost \$0\.0000\d+, a million \$\d/);
});

test("gives the event as JSON and as a file for sam local invoke", async () => {
  await row('"peer":"bob"').click();
  await page.getByText("Show JSON").click();
  expect(JSON.parse((await page.getByTestId("event").textContent())!)).toMatchObject({ requestContext: { eventType: "MESSAGE", routeKey: "$default" } });
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByText("Download event").click()]);
  expect(download.suggestedFilename()).toMatch(/^event-\d+\.json$/);
  const chunks: Buffer[] = [];
  for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
  const event = JSON.parse(Buffer.concat(chunks).toString()) as { body: string };
  expect(JSON.parse(event.body)).toMatchObject({ action: "join", peer: "bob" });
});

test("searches, filters, and is used by keyboard alone", async () => {
  await page.locator("h1").click();
  await page.keyboard.press("/");
  await page.keyboard.type("join bob");
  await expect.poll(() => rows().count()).toBe(1);
  await page.keyboard.press("Enter");
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("detail");
  await page.keyboard.press("/");
  await page.keyboard.press("Escape");
  await expect.poll(() => rows().count()).toBeGreaterThan(3);
  await page.keyboard.press("Escape");
  const selected = () => page.locator("[aria-selected=true][data-testid=row]").getAttribute("id");
  const before = await selected();
  await page.keyboard.press("k");
  await page.keyboard.press("k");
  await page.keyboard.press("j");
  await page.locator("#filter").selectOption("ends");
  await expect.poll(() => rows().count()).toBe(2);
  await page.locator("#filter").selectOption("all");
  await page.locator("#rows").focus();
  await page.keyboard.press("ArrowDown");
  await expect.poll(selected).not.toBe(before);
});

test("counts the bill, and moves the clock", async () => {
  await expect.poll(() => page.locator("#figures").textContent()).toMatch(/open2.*bill\$0\.0000.*a month/s);
  await page.getByText("+1 min").click();
  await expect.poll(() => page.locator("#figures").textContent()).toMatch(/a month\$/);
  expect(await page.locator("#now").getAttribute("title")).toContain("ahead");
});

test("looks as in the docs", async () => {
  await send("ada", { action: "signal", room: "atelier", to: "bob", data: { description: { type: "offer", sdp: "v=0…" } } });
  await row('"action":"signal"').first().click();
  await page.locator(".ladder .bar").first().waitFor();
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const picture = await page.screenshot();
    expect(picture.length).toBeLessThan(200 * 1024);
    if (process.env["UPDATE_IMAGES"]) await writeFile(fileURLToPath(new URL(`../../../docs/img/console-${colorScheme}.png`, import.meta.url)), picture);
  }
  await page.emulateMedia({ colorScheme: "light" });
});

test("shows an asynchronous event as one", async () => {
  const event = { requestContext: { routeKey: "$by-itself", connectionId: "AAAAAAAAAAAAAAA=", eventType: "MESSAGE" } };
  const answer = await fetch(`${localdev.url}/2015-03-31/functions/MessageFunction/invocations`, {
    method: "POST",
    headers: { "X-Amz-Invocation-Type": "Event" },
    body: JSON.stringify(event),
  });
  expect(answer.status).toBe(202);
  await row("$by-itself, asynchronous").click();
  const words = page.locator(".ladder svg");
  await words.getByText("billed", { exact: false }).first().waitFor();
  for (const lane of ["outside", "Lambda", "message"]) expect(await words.textContent()).toContain(lane);
  expect(await words.textContent()).not.toContain("API Gateway");
});

test("takes a click on a message that ends while the button is down", async () => {
  const pings = row('"action":"ping"');
  const ping = pings.first();
  const took = ping.locator(".took");
  for (let sent = 1, seconds = 2, down = false; !down; sent++, seconds *= 2) { // a busy machine takes its time to get there
    await localdev.control("POST", "weather", { name: "slow", fault: "push-slow", delay: `${seconds}s`, times: 1 });
    await send("bob", { action: "ping", room: "atelier" });
    await expect.poll(() => pings.count()).toBe(sent);
    await ping.hover();
    await page.mouse.down();
    down = (await took.textContent()) === "…";
    if (!down) await page.mouse.up();
  }
  await took.getByText(/^\d/).waitFor();
  await page.mouse.up();
  await expect.poll(() => ping.getAttribute("aria-selected")).toBe("true");
  await localdev.control("DELETE", "weather");
});

test("never takes data for HTML", async () => {
  await send("ada", { action: "<img src=x onerror=alert(1)>", room: "<script>alert(2)</script>" });
  await row("<img src=x").click();
  await page.locator("#detail pre").getByText("<script>alert(2)</script>").first().waitFor();
  expect(await page.locator("main img, main script").count()).toBe(0);
});

test("reads the frames of other protocols, and names them", async () => {
  await connect("io", "EIO=4&transport=websocket");
  await connect("peerjs", "key=peerjs&id=alice&token=t&version=1.5.5");
  await connect("plain", "");
  for (const [client, frame, label, speaks] of [
    ["io", "40", "CONNECT", "socket.io"],
    ["io", '42["call user",{"to":"bob"}]', "EVENT call user: {to}", "socket.io"],
    ["io", "3", "Engine.IO pong", "socket.io"],
    ["peerjs", { type: "OFFER", dst: "bob", payload: { type: "media" } }, "OFFER media → bob", "peerjs"],
    ["plain", "INVITE sip:bob@h SIP/2.0\r\nFrom: <sip:<i>@h>\r\nTo: <sip:bob@h>\r\nCSeq: 3 INVITE\r\nCall-ID: call-7\r\n\r\n", "INVITE <i → bob · CSeq 3 · call call-7", "sip"],
    ["plain", '42["<script>alert(3)</script>"]', "EVENT <script>alert(3)</script>", "sip"],
  ] as const) {
    await send(client, frame);
    const text = typeof frame !== "string" ? JSON.stringify(frame) : frame.startsWith("INVITE") ? label : frame;
    await page.locator(".row .body").getByText(text, { exact: true }).click();
    const said = page.locator("#detail h3 .said");
    await said.getByText(label, { exact: true }).waitFor();
    expect(await page.locator(".ladder g.step title").allTextContents()).toContain(`${label}\n$default · ${frame.length || text.length} B`);
    await page.locator("#detail .facts").getByText(`speaks ${speaks}`).waitFor();
  }
  expect(await page.locator("main script").count()).toBe(0);
  // A call of SIP is one ladder of all its messages.
  await row("INVITE <i → bob").click();
  await page.getByTestId("call").click();
  await page.getByRole("heading", { name: "Call call-7" }).waitFor();
  expect(await page.locator(".ladder text.head").allTextContents()).toEqual(["<i<i", "ParleyParley"]);
  expect(await page.locator(".ladder g.step title").first().textContent()).toMatch(/^INVITE\nCSeq 3 · /);
  // Who waits to be greeted: one ladder leads to the other.
  await page.locator("#search").fill("$opened");
  const steps = () => page.locator(".ladder g.step title").allTextContents();
  await expect.poll(() => row("$connect 200").count()).toBe(2); // the newest first
  await row("$connect 200").first().click();
  await expect.poll(async () => (await steps()).join("\n")).toContain("→ message ($opened), asynchronous");
  const opened = row("$opened, asynchronous").getByText("connect → message", { exact: true });
  await opened.first().click();
  await expect.poll(async () => (await steps()).join("\n")).toContain("OPEN\npush 15 B");
  await opened.last().click();
  await expect.poll(async () => (await steps()).join("\n")).toContain("Engine.IO open, ping every ");
  await page.locator("#search").fill("");
  await page.getByRole("tab", { name: "Connections" }).click();
  const spoken = async () => (await page.locator("tr[data-connection] td:nth-child(2)").allTextContents()).map((text) => text.split(",")[0]);
  await expect.poll(spoken).toEqual(["parley.v1", "parley.v1", "socket.io", "peerjs", "sip"]);
  await clients.evaluate(() => ["io", "peerjs", "plain"].forEach((client) => window.sockets[client]!.close()));
  await expect.poll(() => page.locator("tr[data-connection]").count()).toBe(2);
  await page.getByRole("tab", { name: "Messages" }).click();
});

test("fits a telephone: a list, and a message over it", async () => {
  await page.setViewportSize({ width: 375, height: 720 }); // still reading
  await page.locator("#detail h2").waitFor();
  const widest = () => page.evaluate(() => Math.max(...[...document.querySelectorAll(".top > *, .tools > *, .row > *, #detail > *")].map((one) => one.getBoundingClientRect().right)));
  expect(await widest()).toBeLessThanOrEqual(375);
  await page.getByText("All messages").click();
  await rows().first().click();
  await page.getByText("All messages").click();
  expect(await widest()).toBeLessThanOrEqual(375);
  await page.setViewportSize({ width: 1360, height: 850 });
});

test("shows who is together in an item, and leads from one to the other by keyboard", async () => {
  await page.getByRole("tab", { name: "Connections" }).click();
  const room = page.getByTestId("mention").filter({ hasText: "atelier" }).filter({ hasText: "2" });
  await expect.poll(() => room.locator(".chip").count()).toBe(2);
  const focused = () => page.evaluate(() => document.activeElement?.id);
  const id = (await page.locator("tr[data-connection]").last().getAttribute("data-connection"))!;
  await room.locator(`.chip[title^="${id}"]`).focus();
  await page.keyboard.press("Enter");
  expect(await focused()).toBe(`connection-${id}`);
  await page.locator(`tr[data-connection="${id}"] .chip`).filter({ hasText: "atelier" }).first().focus();
  await page.keyboard.press("Enter");
  expect(await focused()).toBe(await room.getAttribute("id"));
  await join("cyd");
  await expect.poll(() => room.locator(".chip").count()).toBe(3);
  expect(await focused(), "after it was drawn anew").toBe(await room.getAttribute("id"));
  await clients.evaluate(() => window.sockets["cyd"]!.close());
  await expect.poll(() => room.locator(".chip").count()).toBe(2);
});

test("can be read by everybody, whatever they look at", async () => {
  for (const width of [390, 1360]) {
    await page.setViewportSize({ width, height: 850 });
    for (const name of ["Connections", "Tables", "Weather", "Messages"]) {
      await page.getByRole("tab", { name }).click();
      await page.locator(`#${name.toLowerCase()} :is(table, textarea, .row)`).first().waitFor();
      expect(await violations(page), `${name}, ${width} wide`).toEqual([]);
      expect(await page.evaluate(() => document.body.scrollWidth), `${name} is wider than the page`).toBeLessThanOrEqual(width);
    }
    await row('"peer":"bob"').first().click();
    for (const one of await page.locator("#detail summary").all()) await one.click();
    expect(await violations(page), `a message, ${width} wide`).toEqual([]);
    if (width === 390) await page.getByText("All messages").click();
  }
});

test("lists connections and tables, and cuts a cable", async () => {
  await page.getByRole("tab", { name: "Tables" }).click();
  await page.locator("#tables td").getByText("atelier").first().waitFor();
  await page.getByRole("tab", { name: "Connections" }).click();
  await expect.poll(() => page.locator("tr[data-connection]").count()).toBe(2);
  await page.getByRole("button", { name: "Cut" }).first().click();
  await expect.poll(() => page.locator("tr[data-connection]").count()).toBe(1);
  await page.getByRole("tab", { name: "Messages" }).click();
  await send("bob", { action: "signal", room: "atelier", to: "ada", data: 1 });
  await send("ada", { action: "signal", room: "atelier", to: "bob", data: 1 });
  await page.locator("#filter").selectOption("failed");
  await row('"action":"signal"').first().click(); // the push to the one that is cut was refused
  const why = "there is no such connection";
  await page.locator("#detail .alert").getByText(why).waitFor();
  expect(await page.locator(".ladder svg").getAttribute("aria-label")).toContain(`410: ${why}`);
  expect(complaints).toEqual([]);
});
