import { fromWire } from "./casing.js";
import type { PackOffer } from "./catalog.js";
import { CreditError } from "./errors.js";
import { withRetries } from "./retry.js";
import { uuidv7 } from "./uuid.js";

/** One checkout of one pack. */
export interface Checkout {
  readonly id: string;
  readonly purchase: string;
  /** The hosted page on which the buyer pays. */
  readonly url: string;
  readonly status:
    | "open"
    | "processing"
    | "paid"
    | "expired"
    | "failed"
    | "refunded"
    | "partially_refunded"
    | "disputed";
  readonly credits: number;
  readonly price: { readonly amountMinor: number; readonly currency: string };
  readonly expiresAtMs: number;
}

export interface CheckoutOptions {
  /** Where the buyer lands after paying; default this page. `checkout=<id>` is appended. */
  readonly successUrl?: string | undefined;
  /** Where the buyer lands after turning back; default this page. */
  readonly cancelUrl?: string | undefined;
  /** A UUIDv7; the same id is the same checkout. Made if left out. */
  readonly id?: string | undefined;
  readonly email?: string | undefined;
  /** Packs to buy, default 1. */
  readonly quantity?: number | undefined;
}

/** Sends one `/v1` call with the client's token; the answer's body. */
export type Send = (method: string, path: string, body?: unknown) => Promise<unknown>;

/** Repeated under the same id, a checkout is made once, whatever got lost on the way. */
const RETRIES = { attempts: 3, pauseMs: 400, pauseMsMax: 3000 };

/**
 * Opens a checkout at exactly the price that was shown.
 *
 * @throws CreditError `price_changed` if it is not the price any more, `url_not_allowed`,
 * `payments_not_configured`, `network`.
 */
export async function openCheckout(
  send: Send,
  buyer: { readonly account: string; readonly locale: string },
  offer: PackOffer,
  options: CheckoutOptions,
): Promise<Checkout> {
  const quantity = options.quantity ?? 1;
  const body = {
    account: buyer.account,
    id: options.id ?? uuidv7(),
    pack: offer.id,
    quantity,
    currency: offer.currency,
    expected: {
      amount_minor: offer.amountMinor * quantity,
      currency: offer.currency,
      credits: offer.credits * quantity,
    },
    success_url: options.successUrl ?? thisPage("successUrl"),
    cancel_url: options.cancelUrl ?? thisPage("cancelUrl"),
    locale: buyer.locale,
    ...(options.email && { email: options.email }),
  };
  return fromWire(
    await withRetries(RETRIES, () => send("POST", "/v1/checkouts", body)),
  ) as Checkout;
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
