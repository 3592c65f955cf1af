import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { buys, cover, init, priceTable, topUp } from "../src/wasm.js";

/** The golden cases that the rules read natively, read here through the Wasm. */
function cases<T>(name: string): T[] {
  const url = new URL(`../../tests/vectors/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(url, "utf8")).cases as T[];
}

interface PackCase {
  readonly packs: readonly { readonly credits: number; readonly amount_minor: number }[];
}

function catalogOf({ packs }: PackCase, currency = "usd") {
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

beforeAll(() => init());

describe("through the Wasm", () => {
  it("currencies have the digits of ISO 4217, and Intl differs only where we know it", () => {
    interface Case {
      readonly currency: string;
      readonly digits: number;
      /** What some release of Intl shows instead. */
      readonly intl_digits?: number;
    }
    for (const { currency, digits, intl_digits } of cases<Case>("currencies")) {
      const packs = [{ credits: 1, amount_minor: 1 }];
      const [quote] = priceTable(catalogOf({ packs }, currency));
      expect(quote?.digits, currency).toBe(digits);
      const format = new Intl.NumberFormat("en", { style: "currency", currency });
      const shown = format.resolvedOptions().maximumFractionDigits;
      expect([digits, intl_digits], currency).toContain(shown);
    }
  });

  it("quotes are rounded against the seller", () => {
    interface Case extends PackCase {
      readonly quotes: readonly {
        readonly unit_minor: number;
        readonly saving_percent: number;
        readonly best_value: boolean;
      }[];
    }
    for (const golden of cases<Case>("quotes")) {
      const quotes = priceTable(catalogOf(golden)).map((quote) => ({
        unit_minor: quote.unitMinor,
        saving_percent: quote.savingPercent,
        best_value: quote.bestValue,
      }));
      expect(quotes).toEqual(golden.quotes);
    }
  });

  it("covers are never beaten", () => {
    interface Case extends PackCase {
      readonly wanted: number;
      readonly amount_minor: number;
      readonly credits: number;
      readonly left_over: number;
    }
    for (const golden of cases<Case>("covers")) {
      const found = cover(catalogOf(golden), golden.wanted);
      expect(found).toMatchObject({
        price: { amount_minor: golden.amount_minor, currency: "usd" },
        credits: golden.credits,
        leftOver: golden.left_over,
      });
    }
  });

  it("top-ups last as long as asked", () => {
    interface Case {
      readonly spent: number;
      readonly spent_days: number;
      readonly last_days: number;
      readonly available: number;
      readonly top_up: number;
    }
    for (const golden of cases<Case>("top_ups")) {
      const { spent, spent_days: spentDays, last_days: lastDays, available } = golden;
      expect(topUp({ spent, spentDays, lastDays }, available)).toBe(golden.top_up);
    }
  });

  it("credits buy whole operations, and bad numbers are named", () => {
    const catalog = catalogOf({ packs: [{ credits: 5, amount_minor: 400 }] });
    expect(buys(catalog, 15)).toEqual([
      { operation: "image", times: 15, leftOver: 0 },
      { operation: "film", times: 3, leftOver: 3 },
    ]);
    for (const bad of [1.5, -1, Number.NaN, 2 ** 53]) {
      expect(() => cover(catalog, bad)).toThrow(expect.objectContaining({ field: "credits" }));
    }
  });
});
