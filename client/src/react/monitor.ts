import type { Call } from "../call/call.ts";
import { Monitor } from "../stats/monitor.ts";
import type { Quality } from "../stats/quality.ts";
import type { PeerStats } from "../stats/summary.ts";
import { useReading } from "./reading.ts";

const monitors = new WeakMap<Call, Monitor>();
const nobody: readonly string[] = [];

/** One for all that looks at a call. */
function monitorOf(call: Call | undefined): Monitor | undefined {
  if (call && !monitors.has(call)) monitors.set(call, new Monitor(call));
  return call && monitors.get(call);
}

/** Who speaks, by name, the loudest first. */
export function useSpeakers(call: Call | undefined): readonly string[] {
  return useReading(monitorOf(call), ["speakers"], ({ speakers }) => speakers, nobody);
}

/** Whether somebody speaks, or you, without a name. Renders when that changes, not for each level. */
export function useSpeaking(call: Call | undefined, name = call?.name): boolean {
  return useReading(monitorOf(call), ["speakers"], ({ speakers }) => speakers.includes(name!), false, name);
}

/** How well the connection to a peer serves, once that is known. */
export function useQuality(call: Call | undefined, name: string): Quality | undefined {
  return useReading<Monitor, Quality | undefined>(monitorOf(call), ["quality"], ({ quality }) => quality.get(name), undefined, name);
}

/** What getStats() says about the connection to a peer: renders each second. */
export function useStats(call: Call | undefined, name: string): PeerStats | undefined {
  return useReading<Monitor, PeerStats | undefined>(monitorOf(call), ["stats"], ({ stats }) => stats.get(name), undefined, name);
}
