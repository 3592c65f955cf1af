import type { Label } from "creditpack";
import type {
  Asked,
  Assignment,
  Deal,
  PublicCatalog,
  RefusedDeal,
  Workbench,
} from "creditpack/workbench";

/** A catalog that could be served, as far as the page itself reads it. */
export interface Written {
  readonly currency: string;
  readonly packs?: readonly {
    readonly id: string;
    readonly label: Label;
    readonly prices: Readonly<Record<string, number>>;
  }[];
  readonly promotions?: readonly { readonly code: string }[];
  readonly experiments?: readonly { readonly active?: boolean }[];
}

/** What one account is offered of a catalog. */
export class Shop {
  readonly catalog: Written;
  readonly assignments: readonly Assignment[];

  /**
   * For nobody in particular where `account` is empty: such visitors take part in no experiment.
   *
   * @throws CreditError `invalid_request` if `account` is no name of one.
   */
  constructor(
    readonly workbench: Workbench,
    catalog: unknown,
    account: string,
  ) {
    this.catalog = catalog as Written;
    this.assignments = account === "" ? [] : workbench.assignments(catalog, account);
  }

  /** Every currency that something is sold in, the catalog's own first. */
  get currencies(): readonly string[] {
    const { currency, packs = [] } = this.catalog;
    return [...new Set([currency, ...packs.flatMap(({ prices }) => Object.keys(prices))])];
  }

  /** What browsers get in `currency`; in the catalog's own where nothing is sold in that one. */
  publicIn(currency: string): PublicCatalog {
    const known = this.currencies.includes(currency) ? currency : this.catalog.currency;
    return this.workbench.publicCatalog(this.catalog, known, this.assignments);
  }

  /** The terms of a purchase now, for an account that never bought anything. */
  deal(asked: Asked): Deal | RefusedDeal {
    return this.workbench.deal(this.catalog, asked, {}, Date.now(), this.assignments);
  }
}

/** A label for whoever writes the catalog. */
export function plain(label: Label | undefined): string {
  if (typeof label === "string") return label;
  return label?.en ?? Object.values(label ?? {})[0] ?? "";
}
