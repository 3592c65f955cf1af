import type { Snapshot } from "../snapshot.js";

const RANK = { ok: 0, low: 1, empty: 2 } as const;

/**
 * Tells when the balance has gone below the catalog's mark, and when nothing can be bought with it
 * any more: once for each way down. Spends of our own that are open do not count before they have
 * ended, since their credits may come back; nor does a level that was there from the start.
 */
export function watchLevel(): (snapshot: Snapshot) => "low" | "empty" | undefined {
  let before: Snapshot["level"] | undefined;
  return ({ epoch, level, pending, spends, phase }) => {
    const isOpen = pending > 0 || spends.length > 0 || phase === "overcommitted";
    if (epoch === "" || isOpen) return undefined;
    const fell = before !== undefined && RANK[level] > RANK[before];
    before = level;
    return fell && level !== "ok" ? level : undefined;
  };
}
