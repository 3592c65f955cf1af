/**
 * - `loading`: no answer of the backend yet
 * - `settled`: all that is shown is confirmed
 * - `pending`: own spends are shown that the backend has not confirmed yet
 * - `unsaved`: the same, but the browser cannot store them: they do not survive the page
 * - `unknown`: an own spend got no answer; it is being asked for
 * - `stale`: the picture may be old; it is being renewed
 * - `offline`: no connection
 * - `overcommitted`: credits were spent elsewhere while own spends were on their way
 */
export type Phase =
  | "loading"
  | "settled"
  | "pending"
  | "unsaved"
  | "unknown"
  | "stale"
  | "offline"
  | "overcommitted";

/** One own spend whose fate is still open. */
export interface OpenSpend {
  readonly op: string;
  readonly operation: string;
  readonly credits: number;
  readonly stage: "queued" | "sent" | "unknown" | "running";
}

/** Credits paid for, or being paid, that are not granted yet. Never spendable. */
export interface IncomingPurchase {
  readonly purchase: string;
  readonly pack: string;
  readonly credits: number;
  readonly status: string;
}

/** What one credit buys, and whether it can be bought now. */
export interface OperationState {
  readonly id: string;
  readonly credits: number;
  readonly affordable: boolean;
}

/** The last thing that happened to the balance. A new one has a higher `serial`. */
export interface Happening {
  readonly serial: number;
  readonly key: "spent" | "returned" | "granted" | "declined" | "taken";
  readonly credits: number;
  readonly operation?: string;
  readonly reason?: string;
  readonly pack?: string;
}

/**
 * All that is known about one account's credits at one moment, in whole credits. Frozen; the same
 * object as long as nothing in it changes, and so is every list inside it.
 */
export interface Snapshot {
  readonly phase: Phase;
  readonly level: "ok" | "low" | "empty";
  /** The number to show: available, less own spends on their way. Never negative. */
  readonly shown: number;
  /** Credits the account owns, confirmed. Negative only after a clawback. */
  readonly settled: number;
  /** Credits set aside for running operations, confirmed. */
  readonly held: number;
  /** `settled - held`, confirmed. */
  readonly available: number;
  /** Own credits on their way that the confirmed numbers do not hold yet. */
  readonly pending: number;
  /** Credits of all `purchases`. */
  readonly incoming: number;
  readonly purchases: readonly IncomingPurchase[];
  /** The account's version at the confirmed numbers; 0 before the first. */
  readonly version: number;
  /** The database's life those numbers come from; empty before the first. */
  readonly epoch: string;
  /** Spends are not stored: one that is on its way when the page closes may go unreported. */
  readonly memoryOnly: boolean;
  /** Own spends whose fate is open, oldest first. */
  readonly spends: readonly OpenSpend[];
  readonly operations: readonly OperationState[];
  readonly happened?: Happening;
}

/** How one own spend ended. */
export interface Outcome {
  readonly op: string;
  readonly operation: string;
  /** Whole credits that were set aside, or would have been. */
  readonly credits: number;
  readonly state: "captured" | "released" | "debited" | "rejected" | "dropped" | "cancelled";
  /** Whole credits that were really spent; 0 unless captured or debited. */
  readonly spent: number;
  /** Why the credits came back: `failed`, `cancelled`, `invalid_output`, `expired`. */
  readonly reason?: string;
  /** Why it was refused, when it was. */
  readonly code?: string;
}

/** The snapshot before anything is known. */
export const LOADING: Snapshot = reconcile<Snapshot>(undefined, {
  phase: "loading",
  level: "ok",
  shown: 0,
  settled: 0,
  held: 0,
  available: 0,
  pending: 0,
  incoming: 0,
  purchases: [],
  version: 0,
  epoch: "",
  memoryOnly: false,
  spends: [],
  operations: [],
});

/**
 * `next`, frozen all the way down, made of as much of `previous` as is still true: what is equal
 * keeps its identity, so that a view bound to one list does not render because of another. Absent
 * optionals (`undefined`) are left out.
 */
export function reconcile<T>(previous: unknown, next: T): T;
export function reconcile(previous: unknown, next: unknown): unknown {
  return merge(previous, next);
}

/** `reconcile` for the engine's view, whose `spends` keep their identity and are frozen already. */
export function reconcileView(previous: Snapshot, view: Snapshot): Snapshot {
  return merge(previous, view, "spends") as Snapshot;
}

/** What is under the key `asIs` is taken as it comes. Written for few steps: every spend waits. */
function merge(previous: unknown, next: unknown, asIs?: string): unknown {
  if (typeof next !== "object" || next === null || next === previous) return next;
  const isList = Array.isArray(next);
  const known = typeof previous === "object" && previous !== null;
  const old = known && Array.isArray(previous) === isList ? previous : undefined;
  let unchanged = old !== undefined;
  const entries: [string, unknown][] = [];
  for (const key of Object.keys(next)) {
    const given: unknown = Reflect.get(next, key);
    if (given === undefined) continue;
    const before: unknown = old && Object.hasOwn(old, key) ? Reflect.get(old, key) : undefined;
    const value = key === asIs ? given : merge(before, given);
    unchanged &&= value === before;
    entries.push([key, value]);
  }
  if (old && unchanged && Object.keys(old).length === entries.length) return old;
  return Object.freeze(isList ? entries.map(([, value]) => value) : Object.fromEntries(entries));
}
