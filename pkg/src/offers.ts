import {
  type Bought,
  type BoughtOffer,
  besideList,
  boughtOffers,
  type Catalog,
  operationLabel,
  type PackOffer,
  packOffers,
  type Quote,
  requoted,
} from "./catalog.js";
import type { Mirror } from "./mirror.js";
import type { QuoteAnswer } from "./quotes.js";
import type { OperationState } from "./snapshot.js";

/** What one credit buys, with its name in the buyer's language. */
export interface OperationOffer extends OperationState {
  readonly label: string;
}

/** The rules that offers are priced by, from whichever module is at hand. */
export interface OfferRules {
  priceTable(catalog: unknown): readonly Quote[];
  buys(catalog: unknown, credits: number): readonly Bought[];
}

/** Packs and operations in the buyer's language, worked out once per catalog. */
export interface Offers {
  /** Undefined while there is no catalog, or no working client. */
  ofCatalog<T>(work: (catalog: Catalog) => T): T | undefined;
  packs(quotes?: readonly QuoteAnswer[]): readonly PackOffer[];
  buys(credits: number): readonly BoughtOffer[];
  operations(): readonly OperationOffer[];
}

export function createOffers(rules: OfferRules, mirror: Mirror, locale: string): Offers {
  let pricedCatalog: unknown;
  let packs: readonly PackOffer[] = [];
  let namedCatalog: unknown;
  let named: readonly OperationState[] = [];
  let operations: readonly OperationOffer[] = [];

  function ofCatalog<T>(work: (catalog: Catalog) => T): T | undefined {
    const catalog = mirror.catalog() as Catalog | undefined;
    return catalog === undefined || mirror.fault() ? undefined : work(catalog);
  }
  const priced = (catalog: Catalog) => packOffers(catalog, rules.priceTable(catalog), locale);
  function listed(catalog: Catalog): readonly PackOffer[] {
    if (catalog !== pricedCatalog) [packs, pricedCatalog] = [priced(catalog), catalog];
    return packs;
  }
  return {
    ofCatalog,
    packs: (quotes = []) => {
      const list = ofCatalog(listed) ?? packs;
      if (quotes.length === 0) return list;
      return ofCatalog((catalog) => besideList(priced(requoted(catalog, quotes)), list)) ?? list;
    },
    buys: (credits) =>
      ofCatalog((catalog) => boughtOffers(catalog, rules.buys(catalog, credits), locale)) ?? [],
    operations: () => {
      const catalog = mirror.catalog() as Catalog | undefined;
      const states = mirror.snapshot().operations;
      if (states === named && catalog === namedCatalog) return operations;
      [named, namedCatalog] = [states, catalog];
      operations = states.map((state) => ({
        ...state,
        label: operationLabel(catalog, state.id, locale),
      }));
      return operations;
    },
  };
}
