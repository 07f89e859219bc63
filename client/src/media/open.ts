import { ParleyError, type Reason } from "../errors.ts";

// Names of DOMException, as the Media Capture specification has them and as older browsers spell them.
const reasons: Readonly<Record<string, Reason>> = {
  NotAllowedError: "media-denied",
  SecurityError: "media-denied",
  NotFoundError: "media-missing",
  OverconstrainedError: "media-missing",
  NotReadableError: "media-busy",
  AbortError: "media-busy",
};

/** getUserMedia whose failures are ParleyErrors: `media-insecure`, `media-denied`, `media-missing`, `media-busy`. */
export async function openMedia(constraints: MediaStreamConstraints): Promise<MediaStream> {
  // Browsers hide the devices from pages that anybody on the way could have changed.
  if (!globalThis.isSecureContext || !navigator.mediaDevices) {
    throw new ParleyError("media-insecure", "camera and microphone need https, or localhost");
  }
  try {
    return await navigator.mediaDevices.getUserMedia(constraints);
  } catch (cause) {
    const name = cause instanceof Error || cause instanceof DOMException ? cause.name : "";
    throw new ParleyError(reasons[name] ?? "media-busy", `getUserMedia: ${name || String(cause)}`, { cause });
  }
}
