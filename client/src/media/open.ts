import { ParleyError, type Reason } from "../errors.ts";

export type InputKind = "camera" | "microphone";

// Names of DOMException, as the Media Capture specification has them and as older browsers spell them.
const reasons: Readonly<Record<string, Reason>> = {
  NotAllowedError: "media-denied",
  SecurityError: "media-denied",
  NotFoundError: "media-missing",
  OverconstrainedError: "media-missing",
  NotReadableError: "media-busy",
  AbortError: "media-busy",
  TypeError: "bad-request",
  InvalidStateError: "media-denied", // it wants a click first
  InvalidAccessError: "media-denied", // the same, in Safari
};

/** What the page may do, where the browser says it. A permission for this one time may be `prompt`. */
export async function permission(kind: InputKind): Promise<PermissionState | undefined> {
  try {
    return (await navigator.permissions.query({ name: kind as PermissionName })).state;
  } catch {
    return undefined;
  }
}

/** What `getUserMedia` or `getDisplayMedia` means by its refusal. `kinds` are those that were asked for. */
export async function mediaError(cause: unknown, kinds: readonly InputKind[] = []): Promise<ParleyError> {
  const { name = "", message = "" } = cause instanceof Error || cause instanceof DOMException ? cause : {};
  let reason = reasons[name] ?? "media-busy";
  let retry = reason === "media-busy";
  if (reason === "media-denied") {
    const states = await Promise.all(kinds.map(permission));
    // Chromium says so; of others it is known when they have the person's leave.
    if (/by system/.test(message) || (kinds.length > 0 && states.every((state) => state === "granted"))) reason = "media-system";
    // The question was closed, not answered, or not even asked.
    retry = name.startsWith("Invalid") || (states.includes("prompt") && !states.includes("denied"));
  }
  return new ParleyError(reason, `no media: ${name || String(cause)}`, { retry, cause });
}

/** getUserMedia whose failures are ParleyErrors: `media-insecure`, `media-denied`, `media-system`, `media-missing`, `media-busy`, `bad-request`. */
export async function openMedia(constraints: MediaStreamConstraints): Promise<MediaStream> {
  // Browsers hide the devices from pages that anybody on the way could have changed.
  if (!globalThis.isSecureContext || !navigator.mediaDevices) {
    throw new ParleyError("media-insecure", "camera and microphone need https, or localhost");
  }
  try {
    return await navigator.mediaDevices.getUserMedia(constraints);
  } catch (cause) {
    throw await mediaError(cause, [...(constraints.video ? ["camera" as const] : []), ...(constraints.audio ? ["microphone" as const] : [])]);
  }
}
