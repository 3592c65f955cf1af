/**
 * The rules for whoever writes a catalog: what is wrong with it, what will confuse or cheat a buyer,
 * what things cost, and a preview of what buyers will see. Runs in a page or under Node, with no
 * backend; start with {@link openWorkbench}.
 *
 * @module
 */
import type { Bought, Catalog, Cover, Label, Quote, RecentUse } from "./catalog.js";
import type { Money } from "./money.js";
import type { WasmSource } from "./wasm.js";
import { inWorkbench, loadWorkbench, type WorkbenchModule } from "./workbench-wasm.js";

export {
  type PreviewCredits,
  type PreviewOptions,
  previewCredits,
  type Situation,
} from "./workbench-preview.js";

/** A rule that a catalog breaks: the backend would not serve it. */
export interface Problem {
  /**
   * Where, for instance `packs.starter.credits`; where the catalog cannot be read at all, the path,
   * for instance `packs[0].credits`, empty for the whole.
   */
  readonly place: string;
  /** The rule, to be read after the place. */
  readonly rule: string;
  /** What to do about it, where the rulebook says so. */
  readonly remedy?: string;
}

/** Something in a good catalog that will still confuse or cheat a buyer. */
export interface Advice {
  /** The rule's stable name, for instance `dearer-per-credit`; `docs/catalog.md` has them all. */
  readonly id: string;
  readonly severity: "error" | "warning" | "hint";
  /** Where, for instance `packs.standard.prices.usd`. */
  readonly place: string;
  /** What a buyer will meet there. */
  readonly reason: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** The variant of one experiment that an account is in. */
export interface Assignment {
  readonly experiment: string;
  readonly variant: string;
}

/** A catalog as browsers get it: the body of `GET /v1/catalog`. */
export interface PublicCatalog extends Catalog {
  readonly version: string;
  readonly packs: readonly {
    readonly id: string;
    readonly label: Label;
    readonly credits: number;
    readonly price: { readonly amount_minor: number; readonly currency: string };
    readonly tax?: "inclusive" | "exclusive";
    readonly badge?: Label;
  }[];
  readonly operations: readonly {
    readonly id: string;
    readonly label: Label;
    readonly credits: number;
    /** So many of it, by locale and plural category; `{n}` is the number. */
    readonly counted?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  }[];
  readonly low_at: number;
}

/** A purchase to be tried out. */
export interface Asked {
  readonly pack: string;
  /** Default 1. */
  readonly quantity?: number;
  /** Default the catalog's. */
  readonly currency?: string;
  /** A code, as a buyer types it. */
  readonly promotion?: string;
}

/** How often a promotion was taken before; nothing where left out. */
export interface Redemptions {
  readonly total?: number;
  readonly byAccount?: number;
  /** Whether the account has ever bought anything. */
  readonly hasBought?: boolean;
}

/** The terms of one purchase. */
export interface Deal {
  readonly listPrice: Money;
  readonly price: Money;
  /** Whole credits it grants, in all. */
  readonly credits: number;
  /** The promotion's code, as the catalog writes it. */
  readonly promotion?: string;
}

/** Why a promotion cannot be used for a purchase. */
export interface RefusedDeal {
  readonly refusal:
    | "unknown"
    | "not_started"
    | "ended"
    | "pack_too_small"
    | "other_currency"
    | "not_first_purchase"
    | "used_by_account"
    | "used_up"
    | "price_too_low";
}

/**
 * The rules over a catalog. `catalog` is the `[catalog]` of the config file as an object, in the
 * config's own names (`low_at`, `amount_off`). But for `problems`, every method throws a CreditError:
 * `invalid_request`, with the path as its `field`, where an argument cannot be read, or by the rule
 * that refuses.
 */
export interface Workbench {
  /** Every rule that the catalog breaks; empty for one that can be served. Never throws. */
  problems(catalog: unknown): readonly Problem[];
  /** What to do better; empty where all is well. */
  advise(catalog: unknown): readonly Advice[];
  /** What browsers get, in `currency` (default the catalog's), for accounts of `assignments`. */
  publicCatalog(
    catalog: unknown,
    currency?: string,
    assignments?: readonly Assignment[],
  ): PublicCatalog;
  /** The packs on sale with unit price, saving and best value. */
  priceTable(catalog: PublicCatalog): readonly Quote[];
  /** The lowest price of anything on sale: "from $4.00". Undefined if nothing is. */
  fromPrice(catalog: PublicCatalog): Money | undefined;
  /** What `credits` buy of each operation. */
  buys(catalog: PublicCatalog, credits: number): readonly Bought[];
  /** The cheapest packs that grant at least `credits`. Undefined if nothing is sold. */
  cover(catalog: PublicCatalog, credits: number): Cover | undefined;
  /** How many credits to buy so that recent use lasts, with `available` (perhaps a debt) there. */
  topUp(use: RecentUse, available: number): number;
  /** The terms of one purchase at `nowMs`, for accounts of `assignments`. */
  deal(
    catalog: unknown,
    asked: Asked,
    redeemed: Redemptions,
    nowMs: number,
    assignments?: readonly Assignment[],
  ): Deal | RefusedDeal;
  /** The variant of `experiment` that `account` is in: `kept`, or by its place. */
  variant(catalog: unknown, experiment: string, account: string, kept?: string): string | undefined;
  /** The variants that `account` is in, of every experiment that runs. */
  assignments(catalog: unknown, account: string): readonly Assignment[];
}

/**
 * Loads the workbench's own Wasm module, once for the page, from beside this file or from `source`.
 *
 * @throws CreditError `internal` if it cannot be had or compiled, as under a
 * Content-Security-Policy without `'wasm-unsafe-eval'`.
 */
export async function openWorkbench(source?: WasmSource | Promise<WasmSource>): Promise<Workbench> {
  return workbench(await loadWorkbench(source));
}

function workbench(rules: WorkbenchModule): Workbench {
  return {
    problems: (catalog) => inWorkbench(() => rules.problems(catalog)),
    advise: (catalog) => inWorkbench(() => rules.advise(catalog)),
    publicCatalog: (catalog, currency, assignments) =>
      inWorkbench(() => rules.publicCatalog(catalog, currency, assignments)),
    priceTable: (catalog) => inWorkbench(() => rules.priceTable(catalog)),
    fromPrice: (catalog) => inWorkbench(() => rules.fromPrice(catalog)),
    buys: (catalog, credits) => inWorkbench(() => rules.buys(catalog, credits)),
    cover: (catalog, credits) => inWorkbench(() => rules.cover(catalog, credits)),
    topUp: (use, available) => inWorkbench(() => rules.topUp(use, available)),
    deal: (catalog, asked, redeemed, nowMs, assignments) =>
      inWorkbench(() => rules.deal(catalog, asked, redeemed, assignments, nowMs)),
    variant: (catalog, experiment, account, kept) =>
      inWorkbench(() => rules.variant(catalog, experiment, account, kept)),
    assignments: (catalog, account) => inWorkbench(() => rules.assignments(catalog, account)),
  };
}
