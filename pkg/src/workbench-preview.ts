import { fromWire } from "./casing.js";
import type { PackOffer } from "./catalog.js";
import type { Credits, SpendOptions } from "./client.js";
import { dispose } from "./dispose.js";
import { CreditError } from "./errors.js";
import type { Entry } from "./history.js";
import { cleanLocale, pageLocale } from "./locale.js";
import { createMirror, type Mirror } from "./mirror.js";
import { createOffers, type Offers } from "./offers.js";
import type { QuoteAnswer, QuoteOptions } from "./quotes.js";
import type { OpenSpend, Outcome, Phase } from "./snapshot.js";
import { createSpendBook, type Spend, type SpendBook, spendMaker } from "./spends.js";
import type { Story } from "./story.js";
import { uuidv7 } from "./uuid.js";
import type { Engine } from "./wasm.js";
import type { Asked, Deal, PublicCatalog, RefusedDeal, Workbench } from "./workbench.js";
import { inWorkbench, WasmPreview } from "./workbench-wasm.js";

/** One account's numbers, made up. Whole credits. */
export interface Situation {
  /** Credits the account owns; negative only after a clawback. */
  readonly settled: number;
  /** Credits set aside for work of other pages. Default 0. */
  readonly held?: number;
  /** Credits paid for and not granted yet. Default 0. */
  readonly incoming?: number;
  /** Operations that this page has just spent on and got no answer about. Default none. */
  readonly pending?: readonly string[];
  /**
   * The phase to show; default `settled`. In `pending`, `unsaved`, `unknown` and
   * `overcommitted`, a spend on the first operation is on its way where `pending` names none. Spends
   * that the balance does not cover are not made; without any, those four read as `settled`.
   */
  readonly phase?: Phase;
}

export interface PreviewOptions {
  /** What is sold: what `publicCatalog` of the workbench gives. */
  readonly catalog: PublicCatalog;
  /** Default 20 credits, all settled. */
  readonly situation?: Situation;
  /**
   * What a quote answers, for instance by `deal` of the workbench. Without it packs cost what they
   * cost, and every code is unknown.
   */
  readonly deal?: (asked: Asked) => Deal | RefusedDeal;
  /** How the work of a spend ends. Default `captured`. */
  readonly outcome?: "captured" | "returned";
  /** Language of labels and prices; default the page's. */
  readonly locale?: string;
  /** How long the answer to a spend takes, in milliseconds. Default 500. */
  readonly answerMs?: number;
  /** How long its work takes then, in milliseconds. Default 1500. */
  readonly workMs?: number;
}

/**
 * Credits without a backend: for stories of components, tests of a page, and playgrounds. The real
 * client and the real ledger run in the workbench's module on made-up numbers, so everything shown
 * is what a buyer would see. Spends are simulated: on their way, running, then spent or returned;
 * in a phase other than `settled` they get no answer. Nothing can be bought: `checkout` rejects with
 * `payments_not_configured`.
 */
export interface PreviewCredits extends Credits {
  /**
   * Shows something else from now on. A new catalog leaves running spends alone; a new situation
   * ends them as `cancelled`.
   *
   * @throws CreditError `invalid_request` if it cannot be shown; what was shown before stays.
   */
  show(change: Partial<Pick<PreviewOptions, "catalog" | "situation" | "outcome" | "deal">>): void;
}

/** Opens a preview. Hand it to elements as their `credits`, or to `<credit-provider>`. */
export function previewCredits(workbench: Workbench, options: PreviewOptions): PreviewCredits {
  const locale = cleanLocale(options.locale ?? pageLocale());
  const mirror = createMirror(undefined);
  const spends = createSpendBook();
  const stage = createStage(options, mirror, spends);
  const offers = createOffers(workbench, mirror, locale);
  const ready = whenKnown(mirror);

  const begin = (operation: string, { quantity = 1, signal }: SpendOptions = {}): Spend => {
    signal?.throwIfAborted();
    const op = mirror.enter((engine) => engine.spend(operation, quantity));
    const spend = spends.open(spendMaker(mirror, op, operation, signal));
    stage.work(op);
    return spend;
  };
  const close = () => {
    if (mirror.fault()) return;
    stage.end();
    const error = new CreditError("closed", "The preview was closed.");
    mirror.fail(error);
    spends.close(error);
  };

  return {
    locale,
    get fault() {
      return mirror.fault();
    },
    ready,
    getSnapshot: mirror.snapshot,
    getServerSnapshot: mirror.snapshot,
    subscribe: mirror.subscribe,
    spend: begin,
    announce: begin,
    canSpend: (operation, quantity = 1) =>
      !mirror.fault() && mirror.enter((engine) => engine.canSpend(operation, quantity)),
    packs: offers.packs,
    operations: offers.operations,
    cover: (credits) => workbench.cover(stage.catalog(), credits),
    buys: offers.buys,
    topUp: (use) => workbench.topUp(use, mirror.snapshot().available),
    quote: async (pack, quoteOptions = {}) => quoted(pack, quoteOptions, offers, stage.deal),
    checkout: () => Promise.reject(nothingSold()),
    checkoutStatus: () => Promise.reject(nothingSold()),
    history: ({ limit } = {}) => told(() => stage.history(), limit),
    stories: ({ limit } = {}) => told(() => stage.stories(), limit),
    refresh: () => mirror.changed(),
    show: stage.show,
    signOut: async () => {
      close();
      mirror.clear();
    },
    close,
    [dispose]: close,
  };
}

/** What is previewed now, and the clockwork of its simulated work. */
function createStage(options: PreviewOptions, mirror: Mirror, spends: SpendBook) {
  const { answerMs = 500, workMs = 1500 } = options;
  const timers = new Set<ReturnType<typeof setTimeout>>();
  let { catalog, outcome, deal, situation = { settled: 20 } } = options;
  let preview = stagedAt(catalog, situation);
  mirror.attach(
    engineOf(
      () => preview,
      () => catalog,
      settle,
    ),
  );

  function settle(): void {
    const ended: readonly Outcome[] = inWorkbench(() => preview.outcomes());
    for (const one of ended) spends.settle(one);
    mirror.changed();
  }

  function later(ms: number, step: () => void): void {
    const timer = setTimeout(() => {
      timers.delete(timer);
      inWorkbench(step);
      settle();
    }, ms);
    timers.add(timer);
  }

  function end(): void {
    for (const timer of timers) clearTimeout(timer);
    timers.clear();
  }

  function restage(next: Situation): void {
    const before = mirror.snapshot().spends;
    const replaced = preview;
    [preview, situation] = [stagedAt(catalog, next), next];
    end();
    inWorkbench(() => replaced.free());
    for (const spend of before) spends.settle(calledOff(spend));
  }

  return {
    catalog: () => catalog,
    deal: (asked: Asked) => deal?.(asked),
    history: (): readonly unknown[] => inWorkbench(() => preview.history()),
    stories: (): readonly unknown[] => inWorkbench(() => preview.stories()),
    end,
    work(op: string): void {
      if ((situation.phase ?? "settled") !== "settled") return;
      const worked = () => outcome !== "returned";
      later(answerMs, () => {
        preview.answer(op, Date.now());
        later(workMs, () => preview.finish(op, worked(), Date.now()));
      });
    },
    show(
      change: Partial<Pick<PreviewOptions, "catalog" | "situation" | "outcome" | "deal">>,
    ): void {
      outcome = change.outcome ?? outcome;
      deal = change.deal ?? deal;
      if (change.catalog) {
        const { catalog: sold } = change;
        inWorkbench(() => preview.sell(sold, Date.now()));
        catalog = sold;
      }
      if (change.situation) restage(change.situation);
      mirror.changed();
    },
  };
}

function stagedAt(catalog: PublicCatalog, situation: Situation): WasmPreview {
  // One for each spend on its way; a phase that needs one makes one.
  const ops = ["", ...(situation.pending ?? [])].map(() => uuidv7());
  return inWorkbench(() => new WasmPreview(catalog, situation, ops, Date.now()));
}

/** The previewed client as the mirror knows engines. Time and network are the stage's. */
function engineOf(
  preview: () => WasmPreview,
  catalog: () => PublicCatalog,
  settle: () => void,
): Engine {
  const spend = (operation: string, quantity: number) => {
    const op = uuidv7();
    inWorkbench(() => preview().spend(op, operation, quantity, Date.now()));
    settle();
    return op;
  };
  const idle = () => {};
  return {
    start: idle,
    spend,
    announce: spend,
    cancel(op) {
      inWorkbench(() => preview().cancel(op, Date.now()));
      settle();
    },
    isCallingOff: () => false,
    canSpend: (operation, quantity) => inWorkbench(() => preview().canSpend(operation, quantity)),
    view: () => inWorkbench(() => preview().view()),
    catalog,
    request: () => Promise.reject(nothingSold()),
    refresh: idle,
    online: idle,
    visible: idle,
    role: idle,
    told: idle,
    leaderHeard: idle,
    close: idle,
  };
}

/** Resolves with the first situation in which the numbers are known. */
function whenKnown(mirror: Mirror): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (mirror.snapshot().epoch === "") return;
      stop();
      resolve();
    };
    const stop = mirror.subscribe(look);
    look();
  });
}

async function* told<T extends Entry | Story>(
  lines: () => readonly unknown[],
  limit = Number.POSITIVE_INFINITY,
): AsyncGenerator<T, void, void> {
  for (const line of lines().slice(0, Math.max(limit, 0))) yield fromWire(line) as T;
}

/** How long a previewed quote is good, in milliseconds. */
const QUOTE_MS = 15 * 60 * 1000;

/** What the preview's `deal` says, as the backend would answer it. */
function quoted(
  pack: string,
  { quantity = 1, promotion = "" }: QuoteOptions,
  offers: Offers,
  deal: (asked: Asked) => Deal | RefusedDeal | undefined,
): QuoteAnswer {
  const offer = offers.packs().find(({ id }) => id === pack);
  if (!offer) throw new CreditError("unknown_pack", `There is no pack "${pack}".`);
  const { digits, currency } = offer;
  const code = promotion.trim();
  const asked = { pack, quantity, ...(code && { promotion: code }) };
  const told = deal({ ...asked, currency }) ?? plainDeal(offer, quantity, code);
  if ("refusal" in told) {
    const words = "The promotion cannot be used for this purchase.";
    throw new CreditError("promotion_invalid", words, { field: "promotion", reason: told.refusal });
  }
  return {
    ...asked,
    listPrice: { ...told.listPrice, digits },
    price: { ...told.price, digits },
    credits: told.credits,
    expiresAtMs: Date.now() + QUOTE_MS,
  };
}

function plainDeal(offer: PackOffer, quantity: number, code: string): Deal | RefusedDeal {
  if (code) return { refusal: "unknown" };
  const { currency, digits } = offer;
  const price = { amountMinor: offer.amountMinor * quantity, currency, digits };
  return { listPrice: price, price, credits: offer.credits * quantity };
}

function calledOff({ op, operation, credits }: OpenSpend): Outcome {
  return { op, operation, credits, state: "cancelled", spent: 0 };
}

function nothingSold(): CreditError {
  const words = "This is a preview: nothing can be bought here.";
  return new CreditError("payments_not_configured", words);
}
