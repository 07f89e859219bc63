import { expect, test } from "vitest";
import { pieces } from "../../web/src/links.ts";

test.each([
  ["no link", "and javascript:alert(1), http:, https://"],
  ["a link", "[https://a.test]"],
  ["the end of a sentence", "see [https://a.test/b?c=1#d], or [http://b.test:80/]."],
  ["brackets", "(it is [https://a.test/b]) <[https://a.test/c]> \"[https://a.test/d]\""],
  ["brackets in it", "[https://a.test/A_(b)], ([https://a.test/A_(b)]) and [https://a.test/A_(b)/c]"],
  ["capitals", "[HTTPS://A.TEST]"],
  ["a name before the site", "https://bank.test@evil.test/ [https://a.test/@b]"],
  ["what turns the direction of reading", "[https://a.test]\u202e/moc.knab"],
  ["letters of everywhere", "¡[https://a.test/ñ]!"],
])("links in a line of the chat: %s", (_, marked) => {
  const found = pieces(marked.replace(/[[\]]/g, ""));
  expect(found.map(({ text, link }) => (link ? `[${text}]` : text)).join("")).toBe(marked);
});
