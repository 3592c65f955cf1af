import { rank, repeat, type Times, within } from "../times.js";
import { fund, OPERATION, open, type World, work } from "./world.js";

const SPENDS = 500;

/**
 * From the call of `spend()` until a subscriber is told and reads the lowered number. Each spend's
 * work is done and paid for before the next begins, as with a buyer's clicks.
 */
export async function measureNotice(world: World): Promise<Times> {
  const account = await fund(world, 2 * SPENDS);
  const credits = await open(world, account, world.backend);
  const once = async () => {
    const before = credits.getSnapshot().shown;
    let told_at = Number.NaN;
    const stop = credits.subscribe(() => {
      if (credits.getSnapshot().shown < before) told_at = performance.now();
    });
    const called_at = performance.now();
    const spend = credits.spend(OPERATION);
    stop();
    if (Number.isNaN(told_at)) throw new Error("spend() returned before its subscriber was told");
    await work(world, account, spend.op);
    const { state } = await within(10_000, "end of a spend", spend.settled);
    if (state !== "captured") throw new Error(`a spend ended as ${state}`);
    return told_at - called_at;
  };
  try {
    return rank(await repeat(SPENDS, once));
  } finally {
    credits.close();
  }
}
