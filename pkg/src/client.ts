// `[Symbol.dispose]` below: products that compile for older libraries know no such symbol.
/// <reference lib="esnext.disposable" preserve="true" />
import { boot } from "./boot.js";
import type { BoughtOffer, Cover, PackOffer, RecentUse } from "./catalog.js";
import { dispose } from "./dispose.js";
import { CreditError } from "./errors.js";
import { type Entry, readHistory, readPages } from "./history.js";
import { cleanLocale, pageLocale } from "./locale.js";
import { createMirror, type Mirror } from "./mirror.js";
import { createOffers, type OperationOffer } from "./offers.js";
import type { CreditsOptions } from "./options.js";
import {
  type Checkout,
  type CheckoutOptions,
  type OpenCheckout,
  openCheckout,
  readCheckout,
  type Send,
} from "./purchases.js";
import { askQuote, type QuoteAnswer, type QuoteOptions } from "./quotes.js";
import { REPEATABLE, withRetries } from "./retry.js";
import { LOADING, reconcile, type Snapshot } from "./snapshot.js";
import { createSpendBook, type Spend, spendMaker } from "./spends.js";
import { type Story, tellStories } from "./story.js";
import { buys, cover, priceTable, stories, topUp } from "./wasm.js";

export interface SpendOptions {
  /** How many of the operation at once, default 1. */
  readonly quantity?: number | undefined;
  /** Aborting it cancels the spend. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * One account's credits, live. `getSnapshot` and `subscribe` may be passed around unbound.
 * `Operation` is any of the names in the option `operations`.
 */
export interface Credits<Operation extends string = string> {
  /** Language of labels and prices. */
  readonly locale: string;
  /**
   * Why this client cannot work, if so: the module did not load, or broke, or the backend refuses
   * this account or currency.
   */
  readonly fault: CreditError | undefined;
  /**
   * Resolves with the first confirmed snapshot and the catalog; waits while the backend or
   * `getToken` does not answer. Rejects if the client cannot work at all, or is closed first;
   * `refresh()` then puts a new promise here.
   */
  readonly ready: Promise<void>;
  getSnapshot(): Snapshot;
  /** What a server render sees, and hydration must see too: the initial snapshot, always. */
  getServerSnapshot(): Snapshot;
  /** Calls `listener` after each change; the returned function ends it. */
  subscribe(listener: () => void): () => void;
  /**
   * Spends credits: shown at once, set aside by this browser. Hand `op` to the app's server, which
   * does the work under `withCredits`. If that server cannot be asked, or refuses, `cancel()` the
   * spend: otherwise its credits return only when the hold expires.
   *
   * @throws CreditError `insufficient_credits`, `overcommitted`, `unknown_operation`,
   * `invalid_request` (the quantity), `not_ready`, `network` (the browser is offline, and
   * `offlineCredits` do not suffice), `closed`; or
   * the signal's reason, if that has aborted.
   */
  spend(operation: Operation, options?: SpendOptions): Spend;
  /**
   * Like `spend`, but it is the app's server that sets the credits aside, in the `withCredits` of
   * this op: one request less, for products whose server is asked at once anyway.
   */
  announce(operation: Operation, options?: SpendOptions): Spend;
  /** Whether `spend` would be taken now. False while loading. */
  canSpend(operation: Operation, quantity?: number): boolean;
  /**
   * The packs on sale, priced by the rulebook. Empty while loading. Those that `quotes` tell of are
   * offered at the quoted price and credits, and all unit prices and savings are those of then.
   */
  packs(quotes?: readonly QuoteAnswer[]): readonly PackOffer[];
  /** The operations of the catalog. Empty while loading. */
  operations(): readonly OperationOffer[];
  /**
   * The cheapest packs that grant at least `credits`. Undefined while loading, or with no packs.
   *
   * @throws CreditError `invalid_request` for a fraction, or more than 1,000,000 credits.
   */
  cover(credits: number): Cover | undefined;
  /** What `credits` buy of each operation: "15 pictures, or 3 films". Empty while loading. */
  buys(credits: number): readonly BoughtOffer[];
  /** How many credits to buy so that recent use lasts, rounded up; 0 if it lasts already. */
  topUp(use: RecentUse): number;
  /**
   * What a purchase costs and grants, asked of the backend: with a promotion's code, or of several
   * packs at once. Show the answer, then hand it to `checkout`.
   *
   * @throws CreditError `promotion_invalid`, with its `reason`; `unknown_pack`, `invalid_request`
   * (the quantity), `not_ready`, `network`.
   */
  quote(pack: string, options?: QuoteOptions): Promise<QuoteAnswer>;
  /**
   * Opens a checkout at exactly the price that was shown: that of the `quote` among the options,
   * or else that of `packs()`. Navigate to its `url`.
   *
   * @throws CreditError `price_changed` if that is the price no longer; `promotion_invalid`, with
   * its `reason`, if the quote's code is good no longer; `invalid_request` if the quote is of
   * something else; `url_not_allowed`, `unknown_pack`, `not_ready`, `payments_not_configured`,
   * `network`; `checkout_conflict` if its `id` was used for another checkout, or for one that is
   * not open any more.
   */
  checkout(pack: string, options?: CheckoutOptions): Promise<OpenCheckout>;
  /** How a checkout stands. Call it where the buyer lands: it settles a purchase at once. */
  checkoutStatus(id: string): Promise<Checkout>;
  /** The account's entries, newest first; at most `limit`. */
  history(options?: { readonly limit?: number }): AsyncIterable<Entry>;
  /**
   * The same as people tell it, newest first; at most `limit`: a hold and its capture, release or
   * refund are one story. `storyLine` of `creditpack/words` puts one into words.
   */
  stories(options?: { readonly limit?: number }): AsyncIterable<Story>;
  /**
   * Takes a fresh look at the backend; after a fault, starts again, with a new `ready`. A module
   * that broke stays broken until the page is loaded again. Never throws.
   */
  refresh(): void;
  /**
   * Ends this account's use in this browser: calls off what has not begun, forgets the stored
   * spends, shows nothing any more, and closes this client, and those of the account's other tabs.
   * Takes at most three seconds, and never rejects. Wait for it before the app's own sign-out takes
   * away what `getToken` needs.
   */
  signOut(): Promise<void>;
  /** Ends timers, requests and the stream. The last snapshot stays readable. */
  close(): void;
  [Symbol.dispose](): void;
}

/** Opens one account's credits: loads the Wasm module, the stored spends, and a live stream. */
export function createCredits<Operation extends string = string>(
  options: CreditsOptions<Operation>,
): Credits<Operation> {
  // Of another type than TypeScript allows it is the engine that refuses it, as it does the account.
  const endpoint = options.endpoint?.replace?.(/\/+$/, "");
  const { account } = options;
  const locale = cleanLocale(options.locale ?? pageLocale());
  const mirror = createMirror(options.initial);
  const spends = createSpendBook();
  const lifecycle = boot({ ...options, endpoint }, mirror, spends);
  const send: Send = (method, path, body) =>
    withRetries({ ...REPEATABLE, signal: lifecycle.life }, () =>
      mirror.enter((engine) => engine.request(method, path, body)),
    );
  const offers = createOffers({ priceTable, buys }, mirror, locale);
  const offerOf = (pack: string) => {
    const offer = offers.packs().find(({ id }) => id === pack);
    if (!offer) throw mirror.fault() ?? missingPack(pack, mirror);
    return offer;
  };
  const serverSnapshot = options.initial ? reconcile(undefined, options.initial) : LOADING;

  tellOfStrangers(offers.operations, options.operations, lifecycle.ready());
  const begin =
    (verb: "spend" | "announce") =>
    (operation: string, { quantity = 1, signal }: SpendOptions = {}): Spend => {
      signal?.throwIfAborted();
      lifecycle.throwIfLeaving();
      const op = mirror.enter((engine) => engine[verb](operation, quantity));
      return spends.open(spendMaker(mirror, op, operation, signal));
    };

  return {
    locale,
    get fault() {
      return mirror.fault();
    },
    get ready() {
      return lifecycle.ready();
    },
    getSnapshot: mirror.snapshot,
    getServerSnapshot: () => serverSnapshot,
    subscribe: mirror.subscribe,
    spend: begin("spend"),
    announce: begin("announce"),
    canSpend: (operation, quantity = 1) =>
      lifecycle.running() && mirror.enter((engine) => engine.canSpend(operation, quantity)),
    packs: offers.packs,
    operations: offers.operations,
    cover: (credits) => offers.ofCatalog((catalog) => cover(catalog, credits)),
    buys: offers.buys,
    topUp: (use) => mirror.enter((engine) => topUp(use, engine.view().available)),
    quote: async (pack, quoteOptions = {}) => askQuote(send, account, offerOf(pack), quoteOptions),
    checkout: async (pack, checkoutOptions = {}) =>
      openCheckout(send, { account, locale }, offerOf(pack), checkoutOptions),
    checkoutStatus: (id) => readCheckout(send, account, id),
    history: ({ limit } = {}) => readHistory(send, account, limit),
    stories: ({ limit } = {}) => tellStories(readPages(send, account), stories, limit),
    refresh: lifecycle.refresh,
    signOut: lifecycle.signOut,
    close: lifecycle.close,
    [dispose]: lifecycle.close,
  };
}

/** Tells whoever set up the page of operations that the catalog does not have. */
function tellOfStrangers(
  sold: () => readonly OperationOffer[],
  named: readonly string[] = [],
  ready: Promise<void>,
): void {
  const tell = () => {
    const strange = named.filter((name) => !sold().some(({ id }) => id === name));
    if (strange.length > 0) console.error("creditpack: not in the catalog:", ...strange);
  };
  ready.then(tell, () => {});
}

function missingPack(pack: string, mirror: Mirror): CreditError {
  if (mirror.catalog() === undefined) {
    return new CreditError("not_ready", "The price list is still loading.");
  }
  return new CreditError("unknown_pack", `There is no pack "${pack}".`, { field: "pack" });
}
