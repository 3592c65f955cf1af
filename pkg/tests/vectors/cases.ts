import { readFileSync } from "node:fs";
import type { Advice, Assignment, PublicCatalog } from "../../src/workbench.js";

/**
 * The golden cases of `tests/vectors`, which the rules read natively and the backend's tests over
 * HTTP. `cargo xtask vectors` counts the lines that this prints.
 */
export function cases<T>(place: "wasm" | "typescript", name: string): readonly T[] {
  const url = new URL(`../../../tests/vectors/${name}.json`, import.meta.url);
  const found = JSON.parse(readFileSync(url, "utf8")).cases as T[];
  process.stdout.write(`vectors ${place} ${name} ${found.length}\n`);
  return found;
}

export interface CurrencyCase {
  readonly currency: string;
  readonly digits: number;
  /** What some release of Intl shows instead. */
  readonly intl_digits?: number;
}

interface PackCase {
  readonly packs: readonly { readonly credits: number; readonly amount_minor: number }[];
}

export interface QuoteCase extends PackCase {
  readonly quotes: readonly {
    readonly unit_minor: number;
    readonly saving_percent: number;
    readonly best_value: boolean;
  }[];
  readonly from_minor: number;
}

export interface CoverCase extends PackCase {
  readonly wanted: number;
  readonly amount_minor: number;
  readonly credits: number;
  readonly left_over: number;
}

export interface TopUpCase {
  readonly spent: number;
  readonly spent_days: number;
  readonly last_days: number;
  readonly available: number;
  readonly top_up: number;
}

export interface PromotionCase {
  readonly catalog: object;
  readonly asked: { readonly pack: string };
  readonly redeemed: {
    readonly total: number;
    readonly by_account: number;
    readonly has_bought: boolean;
  };
  readonly now_ms: number;
  readonly list_price_minor?: number;
  readonly price_minor?: number;
  readonly credits?: number;
  readonly promotion?: string | null;
  readonly refusal?: string;
  readonly code?: string;
}

export interface AssignmentCase {
  readonly catalog: { readonly experiments: readonly { readonly id: string }[] };
  readonly account: string;
  readonly kept: readonly Assignment[];
  readonly assignments: readonly Assignment[];
  readonly on_sale: readonly {
    readonly id: string;
    readonly prices: Readonly<Record<string, number>>;
  }[];
}

export interface AdviceCase {
  readonly catalog: object;
  readonly advice: readonly Pick<Advice, "id" | "place">[];
}

export interface ProblemCase {
  readonly catalog: object;
  readonly places: readonly string[];
}

/** The body of `GET /v1/catalog` in which just these packs are sold. */
export function selling({ packs }: PackCase, currency = "usd"): PublicCatalog {
  return {
    version: "1",
    currency,
    low_at: 1,
    operations: [
      { id: "image", label: "Picture", credits: 1 },
      { id: "film", label: "Film", credits: 4 },
    ],
    packs: packs.map(({ credits, amount_minor }, at) => ({
      id: `p${at}`,
      label: `Pack ${at}`,
      credits,
      price: { amount_minor, currency },
    })),
  };
}

/** As the golden cases are sorted: by id, then by place, byte by byte. */
export function sorted(advice: readonly Advice[]): readonly Pick<Advice, "id" | "place">[] {
  const keys = advice.map(({ id, place }) => ({ id, place }));
  return keys.sort((one, other) => compare(one.id, other.id) || compare(one.place, other.place));
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
