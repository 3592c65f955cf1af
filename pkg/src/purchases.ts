import { fromWire } from "./casing.js";
import type { PackOffer } from "./catalog.js";
import { CreditError } from "./errors.js";
import type { QuoteAnswer } from "./quotes.js";
import { uuidv7 } from "./uuid.js";

/** What every checkout of a pack tells. */
interface CheckoutBase {
  readonly id: string;
  /** The backend's id of what is bought, as entries and `purchases` name it. */
  readonly purchase: string;
  /** Whole credits it grants, in all. */
  readonly credits: number;
  /** Its whole price, in minor units. */
  readonly price: { readonly amountMinor: number; readonly currency: string };
  /** Until when the buyer may pay, Unix milliseconds. */
  readonly expiresAtMs: number;
}

/** A checkout that waits for its buyer. */
export interface OpenCheckout extends CheckoutBase {
  readonly status: "open";
  /** The hosted page on which the buyer pays. */
  readonly url: string;
}

/** A checkout at which the buyer has paid, or no longer can. */
export interface ClosedCheckout extends CheckoutBase {
  readonly status:
    | "processing"
    | "paid"
    | "expired"
    | "failed"
    | "refunded"
    | "partially_refunded"
    | "disputed";
  readonly url: null;
}

/** One checkout; its `status` tells whether there is a page to pay on. */
export type Checkout = OpenCheckout | ClosedCheckout;

export interface CheckoutOptions {
  /**
   * Where the buyer lands after paying; default this page. `{CHECKOUT_ID}` in it becomes the
   * checkout's id; without it, `checkout=<id>` is added to its query. Its origin, like that of
   * `cancelUrl`, must be in the backend's `allowed_origins`.
   */
  readonly successUrl?: string | undefined;
  /** Where the buyer lands after turning back; default this page. */
  readonly cancelUrl?: string | undefined;
  /** The same id is the same checkout: 1 to 128 of `[A-Za-z0-9._:@-]`. Made if left out. */
  readonly id?: string | undefined;
  /** The buyer's address, kept with the purchase. */
  readonly email?: string | undefined;
  /** Packs to buy, default 1, or as many as the `quote` is of. */
  readonly quantity?: number | undefined;
  /**
   * What the buyer was shown, where that is not the pack's own price: an answer of `quote`, with
   * its promotion. The checkout opens at that price or not at all.
   */
  readonly quote?: QuoteAnswer | undefined;
}

/**
 * Sends one `/v1` call with the client's token; the answer's body. Repeats what got lost: what it
 * sends reads, or carries an id under which it acts once.
 */
export type Send = (method: string, path: string, body?: unknown) => Promise<unknown>;

/**
 * Opens a checkout at exactly the price that was shown: that of the quote, or else the pack's own.
 * See `Credits.checkout`.
 */
export async function openCheckout(
  send: Send,
  buyer: { readonly account: string; readonly locale: string },
  offer: PackOffer,
  options: CheckoutOptions,
): Promise<OpenCheckout> {
  const { quote } = options;
  const quantity = options.quantity ?? quote?.quantity ?? 1;
  if (quote && (quote.pack !== offer.id || quote.quantity !== quantity)) {
    const words = `The quote is of ${quote.quantity} × ${quote.pack}.`;
    throw new CreditError("invalid_request", words, { field: "quote" });
  }
  const body = {
    account: buyer.account,
    id: options.id ?? uuidv7(),
    pack: offer.id,
    quantity,
    currency: offer.currency,
    expected: {
      amount_minor: quote?.price.amountMinor ?? offer.amountMinor * quantity,
      currency: offer.currency,
      credits: quote?.credits ?? offer.credits * quantity,
    },
    success_url: options.successUrl ?? thisPage("successUrl"),
    cancel_url: options.cancelUrl ?? thisPage("cancelUrl"),
    locale: buyer.locale,
    ...(quote?.promotion && { promotion: quote.promotion }),
    ...(options.email && { email: options.email }),
  };
  const answer = await send("POST", "/v1/checkouts", body);
  const checkout = fromWire(answer) as Checkout;
  if (checkout.status === "open") return checkout;
  const words = `Checkout ${checkout.id} is ${checkout.status} already; buy again under a new id.`;
  throw new CreditError("checkout_conflict", words, { field: "id" });
}

/** How a checkout stands; the backend asks the payment provider while it is not settled. */
export async function readCheckout(send: Send, account: string, id: string): Promise<Checkout> {
  const path = `/v1/checkouts/${encodeURIComponent(id)}?account=${encodeURIComponent(account)}`;
  return fromWire(await send("GET", path)) as Checkout;
}

/** This page's address without the trace of an earlier checkout. */
function thisPage(field: string): string {
  if (typeof location === "undefined") {
    throw new CreditError("invalid_request", `Outside a page, ${field} must be given.`, { field });
  }
  const url = new URL(location.href);
  url.searchParams.delete("checkout");
  return url.href;
}
