import type { Snapshot } from "../snapshot.js";

const WAY_DOWN = ["ok", "low", "empty"] as const;

/**
 * Tells when the balance has gone below the catalog's mark, and when nothing can be bought with it
 * any more: each once for each way down, and both of a balance that fell past both. Spends of our
 * own that are open do not count before they have ended, since their credits may come back; nor
 * does a level that was there from the start.
 */
export function watchLevel(): (snapshot: Snapshot) => readonly ("low" | "empty")[] {
  let before: number | undefined;
  return ({ epoch, level, pending, spends, phase }) => {
    const isOpen = pending > 0 || spends.length > 0 || phase === "overcommitted";
    if (epoch === "" || isOpen) return [];
    const now = WAY_DOWN.indexOf(level);
    const passed = WAY_DOWN.slice((before ?? now) + 1, now + 1);
    before = now;
    return passed.filter((level) => level !== "ok");
  };
}
