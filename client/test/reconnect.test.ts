import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Reconnect } from "../../web/src/reconnect.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("a server that is lost is tried now and then while somebody looks, and by a button", () => {
  const button = Object.assign(new EventTarget(), { hidden: true });
  const call = { focus: vi.fn() };
  const page = { hidden: false, activeElement: button, getElementById: (id: string) => (id === "call" ? call : button) };
  vi.stubGlobal("document", page);
  const tried = vi.fn();
  const reconnect = new Reconnect(tried);
  reconnect.show(true);
  expect([button.hidden, tried.mock.calls.length]).toEqual([false, 0]);
  button.dispatchEvent(new Event("click"));
  expect(tried).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(60_000);
  const { length } = tried.mock.calls;
  expect(length).toBeGreaterThan(9);
  expect(length).toBeLessThan(22);
  page.hidden = true;
  vi.advanceTimersByTime(60_000);
  expect(tried).toHaveBeenCalledTimes(length);
  page.hidden = false;
  reconnect.show(false);
  vi.advanceTimersByTime(60_000);
  expect(tried).toHaveBeenCalledTimes(length);
  expect(button.hidden).toBe(true);
  expect(call.focus, "where the button was").toHaveBeenCalledOnce();
});
