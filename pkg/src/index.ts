/**
 * Credits by the pack, live in a page: what an account has, what is on its way, what it costs, and
 * one call to spend. Start with {@link createCredits}; ready-made elements are in
 * `creditpack/elements`, the server's side in `creditpack/server`.
 *
 * @module
 */
export type {
  Bought,
  BoughtOffer,
  Cover,
  Label,
  PackOffer,
  Quote,
  RecentUse,
  Tax,
} from "./catalog.js";
export {
  type Credits,
  createCredits,
  type SpendOptions,
} from "./client.js";
export {
  CREDIT_ERROR_CODES,
  CreditError,
  type CreditErrorCode,
  type CreditErrorDetails,
  isCreditError,
  PROMOTION_REFUSALS,
  type PromotionRefusal,
} from "./errors.js";
export type { Entry } from "./history.js";
export { formatMoney, type Money } from "./money.js";
export type { OperationOffer } from "./offers.js";
export type { CreditsOptions } from "./options.js";
export type {
  Checkout,
  CheckoutOptions,
  ClosedCheckout,
  OpenCheckout,
} from "./purchases.js";
export type { QuoteAnswer, QuoteOptions } from "./quotes.js";
export type {
  Happening,
  IncomingPurchase,
  OpenSpend,
  OperationState,
  Outcome,
  Phase,
  Snapshot,
} from "./snapshot.js";
export type { Spend } from "./spends.js";
export type { CreditStorage } from "./storage.js";
export type { Story } from "./story.js";
export { init, type WasmSource } from "./wasm.js";
