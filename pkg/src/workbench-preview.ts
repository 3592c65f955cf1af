/// <reference lib="esnext.disposable" preserve="true" />
import { fromWire } from "./casing.js";
import { operationLabel, type PackOffer, packOffers } from "./catalog.js";
import type { Credits, OperationOffer, SpendOptions } from "./client.js";
import { CreditError } from "./errors.js";
import type { Entry } from "./history.js";
import { cleanLocale, pageLocale } from "./locale.js";
import { createMirror, type Mirror } from "./mirror.js";
import { type OpenSpend, type Outcome, type Phase, reconcile } from "./snapshot.js";
import { createSpendBook, type Spend, type SpendBook } from "./spends.js";
import type { Story } from "./story.js";
import { uuidv7 } from "./uuid.js";
import type { Engine } from "./wasm.js";
import type { PublicCatalog, Workbench } from "./workbench.js";
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
   * The phase to show; default `settled`. In `pending`, `unknown` and `overcommitted`, a spend on
   * the first operation is on its way where `pending` names none. Spends that the balance does not
   * cover are not made; without any, those three read as `settled`.
   */
  readonly phase?: Phase;
}

export interface PreviewOptions {
  /** What is sold: what `publicCatalog` of the workbench gives. */
  readonly catalog: PublicCatalog;
  /** Default 20 credits, all settled. */
  readonly situation?: Situation;
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
  show(change: Partial<Pick<PreviewOptions, "catalog" | "situation" | "outcome">>): void;
}

const dispose: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for("Symbol.dispose");

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
    const own = () => mirror.snapshot().spends.find((spend) => spend.op === op);
    const spend = spends.open({
      op,
      operation,
      credits: own()?.credits ?? 0,
      signal,
      stage: () => own()?.stage,
      cancel: () => mirror.tell((engine) => engine.cancel(op)),
    });
    stage.work(op);
    return spend;
  };
  const close = () => {
    if (mirror.fault()) return;
    stage.end();
    mirror.fail(new CreditError("closed", "The preview was closed."));
    spends.close();
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
    buys: (credits) => workbench.buys(stage.catalog(), credits),
    topUp: (use) => workbench.topUp(use, mirror.snapshot().available),
    checkout: () => Promise.reject(nothingSold()),
    checkoutStatus: () => Promise.reject(nothingSold()),
    history: ({ limit } = {}) => told(() => stage.history(), limit),
    stories: ({ limit } = {}) => told(() => stage.stories(), limit),
    refresh: () => mirror.changed(),
    show: stage.show,
    close,
    [dispose]: close,
  };
}

/** What is previewed now, and the clockwork of its simulated work. */
function createStage(options: PreviewOptions, mirror: Mirror, spends: SpendBook) {
  const { answerMs = 500, workMs = 1500 } = options;
  const timers = new Set<ReturnType<typeof setTimeout>>();
  let { catalog, outcome, situation = { settled: 20 } } = options;
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
    show(change: Partial<Pick<PreviewOptions, "catalog" | "situation" | "outcome">>): void {
      outcome = change.outcome ?? outcome;
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
    canSpend: (operation, quantity) => inWorkbench(() => preview().canSpend(operation, quantity)),
    view: () => inWorkbench(() => preview().view()),
    catalog,
    request: () => Promise.reject(nothingSold()),
    refresh: idle,
    online: idle,
    visible: idle,
    close: idle,
  };
}

/** Packs and operations in the buyer's language, worked out once per catalog. */
function createOffers(workbench: Workbench, mirror: Mirror, locale: string) {
  let priced: unknown;
  let packs: readonly PackOffer[] = [];
  let named: unknown;
  let operations: readonly OperationOffer[] = [];
  return {
    packs: () => {
      const catalog = mirror.catalog() as PublicCatalog;
      if (catalog !== priced) packs = packOffers(catalog, workbench.priceTable(catalog), locale);
      priced = catalog;
      return packs;
    },
    operations: () => {
      const catalog = mirror.catalog() as PublicCatalog;
      const states = mirror.snapshot().operations.map((state) => ({
        ...state,
        label: operationLabel(catalog, state.id, locale),
      }));
      const next = reconcile(named, states);
      [named, operations] = [next, next];
      return operations;
    },
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

function calledOff({ op, operation, credits }: OpenSpend): Outcome {
  return { op, operation, credits, state: "cancelled", spent: 0 };
}

function nothingSold(): CreditError {
  const words = "This is a preview: nothing can be bought here.";
  return new CreditError("payments_not_configured", words);
}
