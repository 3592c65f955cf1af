import { type Counted, countOf } from "./counted.js";
import { pickByLocale } from "./locale.js";
import type { QuoteAnswer } from "./quotes.js";

/** A label: one text, or a text per language tag. */
export type Label = string | Readonly<Record<string, string>>;

/** The body of `GET /v1/catalog`, as far as this package reads it. */
export interface Catalog {
  readonly currency: string;
  readonly packs: readonly {
    readonly id: string;
    readonly label: Label;
    readonly badge?: Label | null;
    readonly tax?: Tax | null;
  }[];
  readonly operations: readonly {
    readonly id: string;
    readonly label: Label;
    readonly counted?: Counted | null;
    readonly credits: number;
  }[];
}

/** How a price stands to the tax on it: all there is to pay, or tax comes on top. */
export type Tax = "inclusive" | "exclusive";

/** What the rulebook says one pack costs. */
export interface Quote {
  readonly pack: string;
  readonly credits: number;
  readonly amountMinor: number;
  readonly currency: string;
  /** Digits behind the point of both amounts. */
  readonly digits: number;
  /** Price of one credit in minor units, rounded up. */
  readonly unitMinor: number;
  /** Per credit, against this catalog's own smallest pack; whole percent, rounded down; or 0. */
  readonly savingPercent: number;
  readonly bestValue: boolean;
}

/** The cheapest way to get so many credits; of equally cheap ones the one that leaves least over. */
export interface Cover {
  /** Which packs and how many of each; one checkout buys one line. */
  readonly lines: readonly { readonly pack: string; readonly quantity: number }[];
  readonly price: { readonly amount_minor: number; readonly currency: string };
  /** What all of them grant. */
  readonly credits: number;
  /** What is left of that after what was asked for. */
  readonly leftOver: number;
}

/** What a number of credits buys of one operation. */
export interface Bought {
  readonly operation: string;
  readonly times: number;
  readonly leftOver: number;
}

/** The same, and how a buyer reads it. */
export interface BoughtOffer extends Bought {
  /** "15 pictures", or "15 × Picture" where the catalog has no counted words. */
  readonly text: string;
}

/** Recent use, and how long a top-up is to last at that pace. */
export interface RecentUse {
  /** Credits spent in the last `spentDays`. */
  readonly spent: number;
  readonly spentDays: number;
  readonly lastDays: number;
}

/** A pack as a buyer sees it: its quote, and its words in the buyer's language. */
export interface PackOffer extends Quote {
  /** The same as `pack`. */
  readonly id: string;
  readonly label: string;
  /** The catalog's own words for it, such as "Most chosen". */
  readonly badge?: string;
  readonly tax?: Tax;
  /** With a promotion: what the pack costs without it, in minor units; absent if it is the same. */
  readonly listAmountMinor?: number;
  /** With a promotion: how many of `credits` come with it; absent if none do. */
  readonly bonusCredits?: number;
}

/** `label` in the language that fits `locale` best; `fallback` if it has no text at all. */
export function resolveLabel(label: Label | undefined, locale: string, fallback: string): string {
  if (typeof label === "string") return label || fallback;
  return (label && pickByLocale(label, locale)) || fallback;
}

/** `catalog` as if its packs cost and granted what `answers` say of one of each. */
export function requoted(catalog: Catalog, answers: readonly QuoteAnswer[]): Catalog {
  const packs = catalog.packs.map((pack) => {
    const answer = answers.find(({ pack: id, quantity }) => id === pack.id && quantity === 1);
    if (!answer) return pack;
    const { price, credits } = answer;
    return {
      ...pack,
      credits,
      price: { amount_minor: price.amountMinor, currency: price.currency },
    };
  });
  return { ...catalog, packs };
}

/** `promoted` with what each differs in from the same pack of `list`. */
export function besideList(
  promoted: readonly PackOffer[],
  list: readonly PackOffer[],
): readonly PackOffer[] {
  return promoted.map((offer) => {
    const before = list.find(({ id }) => id === offer.id);
    if (!before) return offer;
    const bonusCredits = offer.credits - before.credits;
    return {
      ...offer,
      ...(before.amountMinor !== offer.amountMinor && { listAmountMinor: before.amountMinor }),
      ...(bonusCredits > 0 && { bonusCredits }),
    };
  });
}

/** What a number of credits buys, in the buyer's language. */
export function boughtOffers(
  catalog: Catalog,
  bought: readonly Bought[],
  locale: string,
): readonly BoughtOffer[] {
  return bought.map((line) => {
    const operation = catalog.operations.find(({ id }) => id === line.operation);
    const label = resolveLabel(operation?.label, locale, line.operation);
    return { ...line, text: countOf(label, operation?.counted, line.times, locale) };
  });
}

/** The offers of `catalog` in its own order, priced by `quotes`. */
export function packOffers(
  catalog: Catalog,
  quotes: readonly Quote[],
  locale: string,
): readonly PackOffer[] {
  return quotes.map((quote) => {
    const pack = catalog.packs.find(({ id }) => id === quote.pack);
    const badge = pack?.badge ? resolveLabel(pack.badge, locale, "") : "";
    const label = resolveLabel(pack?.label, locale, quote.pack);
    const tax = pack?.tax;
    return { ...quote, id: quote.pack, label, ...(badge && { badge }), ...(tax && { tax }) };
  });
}

/** The label of operation `id`, or its id where the catalog has none. */
export function operationLabel(catalog: Catalog | undefined, id: string, locale: string): string {
  const operation = catalog?.operations.find((known) => known.id === id);
  return resolveLabel(operation?.label, locale, id);
}
