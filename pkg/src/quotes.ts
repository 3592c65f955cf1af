import { fromWire } from "./casing.js";
import type { PackOffer } from "./catalog.js";
import type { Money } from "./money.js";
import type { Send } from "./purchases.js";

export interface QuoteOptions {
  /** Packs to buy, default 1. */
  readonly quantity?: number | undefined;
  /** A promotion's code as the buyer typed it: in any case, spaces around it. */
  readonly promotion?: string | undefined;
}

/** What the backend says a purchase costs. Nothing is set aside: the checkout decides again. */
export interface QuoteAnswer {
  readonly pack: string;
  readonly quantity: number;
  /** The code that was asked about, without spaces around it. */
  readonly promotion?: string;
  /** The whole price without the promotion. */
  readonly listPrice: Money;
  /** The whole price. */
  readonly price: Money;
  /** Whole credits it grants, in all. */
  readonly credits: number;
  /** Until when the answer is good, as far as is known; Unix milliseconds. */
  readonly expiresAtMs: number;
}

/** Asks what `offer` costs `account` on the terms of `options`. See `Credits.quote`. */
export async function askQuote(
  send: Send,
  account: string,
  offer: PackOffer,
  options: QuoteOptions,
): Promise<QuoteAnswer> {
  const { quantity = 1 } = options;
  const promotion = options.promotion?.trim();
  const { id: pack, currency, digits } = offer;
  const asked = { pack, quantity, ...(promotion && { promotion }) };
  const body = { account, currency, ...asked };
  const told = await send("POST", "/v1/quotes", body);
  const { listPrice, price, credits, expiresAtMs } = fromWire(told) as QuoteAnswer;
  return {
    ...asked,
    listPrice: { ...listPrice, digits },
    price: { ...price, digits },
    credits,
    expiresAtMs,
  };
}
