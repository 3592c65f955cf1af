import type { OpenSpend } from "./snapshot.js";

/** What the engine tells of the spends: those that changed, and the ops of those that are over. */
export interface SpendNews {
  readonly spends: readonly OpenSpend[];
  readonly over?: readonly string[] | undefined;
}

/**
 * The list of open spends, oldest first, kept up to date with what is told. It is frozen all the way
 * down, and the same list, made of the same objects, as far as nothing changed: there may be
 * thousands of them, and making each anew with every change would take longer than a frame.
 */
export function createOpenSpends(): (news: SpendNews) => readonly OpenSpend[] {
  const open = new Map<string, OpenSpend>();
  let list: readonly OpenSpend[] = Object.freeze([]);
  return ({ spends, over = [] }) => {
    if (spends.length + over.length === 0) return list;
    for (const op of over) open.delete(op);
    const newest = list.at(-1)?.op ?? "";
    // Ops are ordered by their time; another tab's may be heard of late.
    const late = spends.some(({ op }) => op < newest && !open.has(op));
    for (const spend of spends) open.set(spend.op, Object.freeze(spend));
    const kept = [...open.values()];
    list = Object.freeze(late ? kept.sort((one, other) => (one.op < other.op ? -1 : 1)) : kept);
    return list;
  };
}
