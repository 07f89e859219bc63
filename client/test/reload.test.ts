import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Absent } from "../../web/src/absent.ts";
import { keepCall, takeCall } from "../../web/src/reload.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("a call that a page leaves to the next one in its tab", () => {
  const call = { room: "tea", name: "Ada", mic: false, camera: true, chat: true, board: false, view: "speaker" } as const;
  const storage = (): Map<string, string> => {
    const map = new Map<string, string>();
    vi.stubGlobal("sessionStorage", {
      getItem: (key: string) => map.get(key) ?? null,
      setItem: (key: string, value: string) => map.set(key, value),
      removeItem: (key: string) => map.delete(key),
    });
    return map;
  };

  test("is taken once, and by a page of that room", () => {
    storage();
    keepCall(call);
    expect(takeCall("coffee")).toBeUndefined();
    expect(takeCall("tea")).toMatchObject(call);
    expect(takeCall("tea")).toBeUndefined();
  });

  test("is nobody's after two minutes", () => {
    const kept = storage();
    keepCall(call);
    vi.advanceTimersByTime(120_000);
    expect(takeCall("tea")).toBeUndefined();
    expect(kept.size).toBe(0);
  });

  test("is none where the browser keeps nothing, or somebody else's value", () => {
    keepCall(call); // there is no sessionStorage at all
    expect(takeCall("tea")).toBeUndefined();
    storage().set("parley.call", "null");
    expect(takeCall("tea")).toBeUndefined();
  });
});

describe("whose page is gone", () => {
  const absence = () => {
    const absent = new Absent();
    const gone = vi.fn();
    return { absent, gone, pass: (ms: number) => void vi.advanceTimersByTime(ms) };
  };

  test("has left if they do not come back", () => {
    const { absent, gone, pass } = absence();
    absent.await("bob", gone);
    pass(9_999);
    expect(gone).not.toHaveBeenCalled();
    pass(1);
    expect(gone).toHaveBeenCalledOnce();
    expect(absent.back("bob")).toBe(false);
  });

  test("has not if they do, as is told once", () => {
    const { absent, gone, pass } = absence();
    absent.await("bob", gone);
    expect([absent.back("bob"), absent.back("bob")]).toEqual([true, false]);
    pass(60_000);
    expect(gone).not.toHaveBeenCalled();
  });

  test("is waited for from when the server lost them, if that was before", () => {
    const { absent, gone, pass } = absence();
    absent.lose("bob");
    pass(8_000);
    absent.await("bob", gone);
    pass(1_000);
    absent.await("bob", gone); // there is another sign of it
    pass(1_000);
    expect(gone).toHaveBeenCalledOnce();
  });

  test("is waited for no more once the call is over", () => {
    const { absent, gone, pass } = absence();
    absent.await("bob", gone);
    absent.end();
    pass(60_000);
    expect(gone).not.toHaveBeenCalled();
  });
});
