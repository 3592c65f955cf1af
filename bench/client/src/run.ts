import { type Crowded, measureCrowded } from "./cases/advance.js";
import { type Commit, type Display, measureCommit } from "./cases/commit.js";
import { measureNotice } from "./cases/notice.js";
import { measureQuery } from "./cases/query.js";
import type { open, World } from "./cases/world.js";
import type { Times } from "./times.js";

/** Everything that one page or one process measures. */
export interface Measured {
  /** The smallest step of its clock, in milliseconds. */
  readonly clock_ms: number;
  readonly notice: Times;
  readonly query: Times;
  readonly crowded: Crowded;
  readonly commit: Commit;
}

/** Runs every case, one after the other; `display` is where the buyer reads the number. */
export async function measure(
  world: World,
  display: (credits: Awaited<ReturnType<typeof open>>) => Display,
): Promise<Measured> {
  return {
    clock_ms: clockStep(),
    notice: await measureNotice(world),
    query: await measureQuery(world),
    commit: await measureCommit(world, display),
    crowded: await measureCrowded(world),
  };
}

/** A page that is not isolated from others has a clock of 0.1 ms: too coarse to measure with. */
function clockStep(): number {
  let smallest = Number.POSITIVE_INFINITY;
  for (let at = 0; at < 50; at += 1) {
    const before = performance.now();
    let now = before;
    while (now === before) now = performance.now();
    smallest = Math.min(smallest, now - before);
  }
  return smallest;
}
