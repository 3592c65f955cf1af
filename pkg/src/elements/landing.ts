import type { Credits } from "../client.js";
import { isRetryable, toCreditError } from "../errors.js";
import { pause } from "../retry.js";

const PAUSE_MS = 1500;
const PAUSE_MS_MAX = 15_000;
/** A delayed payment method may take days; the stream tells of it whenever it comes. */
const ASKS_MAX = 12;

/**
 * Settles the checkout that the buyer just came back from, named by `?checkout=` in the page's
 * address: asking for its status makes the backend look for itself, so a late or lost webhook
 * cannot keep a buyer waiting.
 */
export async function settleLanding(credits: Credits, signal: AbortSignal): Promise<void> {
  const id = new URLSearchParams(location.search).get("checkout");
  if (!id) return;
  try {
    await credits.ready;
    for (let asked = 0; asked < ASKS_MAX; asked += 1) {
      if (await isDone(credits, id)) return;
      await pause(Math.min(PAUSE_MS * 1.5 ** asked, PAUSE_MS_MAX), signal);
    }
  } catch {
    // Another account's checkout, or a page that is gone: nothing to settle here.
  }
}

async function isDone(credits: Credits, id: string): Promise<boolean> {
  try {
    const { status } = await credits.checkoutStatus(id);
    return status !== "open" && status !== "processing";
  } catch (thrown) {
    if (isRetryable(toCreditError(thrown))) return false;
    throw thrown;
  }
}
