import type { CreditError } from "../errors.js";
import type { OpenCheckout } from "../purchases.js";
import type { Happening, Snapshot } from "../snapshot.js";

/** The elements' events. All bubble and cross shadow roots. */
export interface CreditEventMap {
  /** The first confirmed numbers and the price list are there. */
  "credit-ready": CustomEvent<Snapshot>;
  /** Any number of the balance changed. */
  "credit-balance-change": CustomEvent<Snapshot>;
  /** The balance went below the catalog's mark; once per crossing. */
  "credit-low": CustomEvent<Snapshot>;
  /** The last credit is gone; once per crossing. */
  "credit-empty": CustomEvent<Snapshot>;
  /** Credits came back: work failed or was cancelled. */
  "credit-returned": CustomEvent<Happening>;
  /** The balance was pressed. Cancel it to offer packs in a way of your own. */
  "credit-buy": CustomEvent<Snapshot>;
  /** A checkout is open. Cancel it to go to `detail.url` in a way of your own. */
  "credit-checkout": CustomEvent<OpenCheckout>;
  /** Credits cannot be shown, or a checkout could not be opened. */
  "credit-error": CustomEvent<CreditError>;
}

/** Sends `type` up from `target`; false if it was cancelled. */
export function emit<K extends keyof CreditEventMap>(
  target: EventTarget,
  type: K,
  detail: CreditEventMap[K]["detail"],
  cancelable = false,
): boolean {
  const init = { bubbles: true, composed: true, cancelable, detail };
  return target.dispatchEvent(new CustomEvent(type, init));
}

declare global {
  interface GlobalEventHandlersEventMap extends CreditEventMap {}
}
