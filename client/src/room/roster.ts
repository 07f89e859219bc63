import type { LeaveReason, PresenceFrame, Role, RosterEntry } from "./protocol.ts";

/** What changed for those who watch the room. */
export type RosterChange =
  | { readonly kind: "joined"; readonly entry: RosterEntry }
  | { readonly kind: "updated"; readonly entry: RosterEntry }
  | { readonly kind: "left"; readonly peer: string; readonly reason: LeaveReason; readonly role: Role | undefined }
  | { readonly kind: "lost"; readonly peer: string; readonly until: number }
  /** It was lost. */
  | { readonly kind: "back"; readonly entry: RosterEntry }
  /** It was not: it only has another connection. */
  | { readonly kind: "moved"; readonly entry: RosterEntry }
  | { readonly kind: "locked"; readonly locked: boolean; readonly by?: string };

interface OwnFrame {
  readonly type: "own";
  readonly rev: number;
}

// More frames out of turn than this are no reordering: the roster is asked for anyway, so the excess is let go.
const maxHeld = 64;

/**
 * Who is in a room, without oneself, at the revision `rev`. Frames are applied strictly in order of their `rev`, whatever the order
 * of arrival; those after a gap are held until it is filled by late frames or by the whole roster. One write of the server may
 * send several frames of one `rev`.
 */
export class Roster {
  readonly #peers = new Map<string, RosterEntry>();
  /** Whether the room is. */
  locked = false;
  #held: (PresenceFrame | OwnFrame)[] = [];
  #rev: number | undefined;
  #complete = 0; // up to this revision everything is known from a whole roster
  #seated = new Set<string>(); // who arrived in the frames of the present revision

  get peers(): ReadonlyMap<string, RosterEntry> {
    return this.#peers;
  }

  /** The last revision applied; undefined until the first replace(). */
  get rev(): number | undefined {
    return this.#rev;
  }

  /** Whether frames wait for others that have not come. */
  get gap(): boolean {
    return this.#rev !== undefined && this.#held.length > 0;
  }

  /** Applies a frame and those it unlocks, or holds it. `own` is a change of ours, of which only the others are told. */
  apply(frame: PresenceFrame | OwnFrame): RosterChange[] {
    if (this.#rev === undefined || frame.rev > this.#rev + 1) {
      if (this.#held.length < maxHeld) this.#held.push(frame);
      return [];
    }
    return [...this.#take(frame), ...this.#release()];
  }

  /** Sets the whole roster as of `rev`; an older one than what is known changes nothing. */
  replace(rev: number, entries: readonly RosterEntry[], locked = false): RosterChange[] {
    if (this.#rev !== undefined && rev < this.#rev) return [];
    this.#rev = this.#complete = rev;
    this.#seated.clear();
    const changes: RosterChange[] = [];
    const names = new Set(entries.map((entry) => entry.peer));
    for (const name of [...this.#peers.keys()]) {
      if (!names.has(name)) changes.push(...this.#remove(name, "lost"));
    }
    for (const entry of entries) {
      const before = this.#peers.get(entry.peer);
      this.#peers.set(entry.peer, entry);
      if (!before) {
        changes.push({ kind: "joined", entry });
        continue;
      }
      if (entry.lost !== undefined && before.lost === undefined) changes.push({ kind: "lost", peer: entry.peer, until: entry.lost });
      if (entry.lost === undefined && before.lost !== undefined) changes.push({ kind: "back", entry });
      changes.push(...compare(before, entry));
    }
    if (locked !== this.locked) changes.push({ kind: "locked", locked: (this.locked = locked) });
    return [...changes, ...this.#release()];
  }

  /** Takes a lost peer for left. */
  giveUp(peer: string): RosterChange[] {
    return this.#peers.get(peer)?.lost === undefined ? [] : this.#remove(peer, "lost");
  }

  /** Takes a peer for left that we have removed: the server tells the others only. */
  dismiss(peer: string): RosterChange[] {
    return this.#remove(peer, "kicked");
  }

  /** Forgets the revision, but not the peers, for the time between losing a connection and joining again. */
  suspend(): void {
    this.#rev = undefined;
    this.#complete = 0;
    this.#held = [];
  }

  #release(): RosterChange[] {
    const changes: RosterChange[] = [];
    // A stable sort: departures come before arrivals of the same revision, as the server sent them.
    this.#held.sort((a, b) => a.rev - b.rev);
    while (this.#held[0] && this.#held[0].rev <= this.#rev! + 1) changes.push(...this.#take(this.#held.shift()!));
    return changes;
  }

  #take(frame: PresenceFrame | OwnFrame): RosterChange[] {
    if (frame.rev < this.#rev! || frame.rev <= this.#complete) return [];
    if (frame.rev > this.#rev!) this.#seated.clear();
    this.#rev = frame.rev;
    switch (frame.type) {
      case "own":
        return [];
      case "peer-left":
        // Departures come first within a revision: one that arrives after the arrival of that name is of the name's former holder.
        return this.#seated.has(frame.peer) ? [] : this.#remove(frame.peer, frame.reason);
      case "peer-updated": {
        const before = this.#peers.get(frame.peer);
        if (!before) return [];
        const entry = { ...before, data: frame.data } as RosterEntry;
        this.#peers.set(frame.peer, entry);
        return [{ kind: "updated", entry }];
      }
      case "room-locked":
      case "room-unlocked":
        return [{ kind: "locked", locked: (this.locked = frame.type === "room-locked"), by: frame.by }];
      case "peer-lost": {
        const before = this.#peers.get(frame.peer);
        if (!before) return [];
        this.#peers.set(frame.peer, { ...before, lost: frame.until });
        return before.lost === undefined ? [{ kind: "lost", peer: frame.peer, until: frame.until }] : [];
      }
      case "peer-back": {
        const { entry } = frame;
        const before = this.#peers.get(entry.peer);
        this.#peers.set(entry.peer, entry);
        if (!before) return [{ kind: "joined", entry }]; // its absence was over by our clock
        return [{ kind: before.lost === undefined ? "moved" : "back", entry }, ...compare(before, entry)];
      }
      case "peer-joined": {
        const { entry } = frame;
        if (this.#seated.has(entry.peer)) return [];
        this.#seated.add(entry.peer);
        const gone = this.#remove(entry.peer, "lost"); // its peer-left was lost or is late
        this.#peers.set(entry.peer, entry);
        return [...gone, { kind: "joined", entry }];
      }
    }
  }

  #remove(peer: string, reason: LeaveReason): RosterChange[] {
    const role = this.#peers.get(peer)?.role;
    return this.#peers.delete(peer) ? [{ kind: "left", peer, reason, role }] : [];
  }
}

function compare(before: RosterEntry, entry: RosterEntry): RosterChange[] {
  return JSON.stringify([before.data, before.role]) === JSON.stringify([entry.data, entry.role]) ? [] : [{ kind: "updated", entry }];
}
