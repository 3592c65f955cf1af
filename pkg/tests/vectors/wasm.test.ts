import { beforeAll, describe, expect, it } from "vitest";
import { buys, cover, init, priceTable, topUp } from "../../src/wasm.js";
import type { Problem } from "../../src/workbench.js";
import { loadWorkbench, type WorkbenchModule } from "../../src/workbench-wasm.js";
import {
  type AdviceCase,
  type AssignmentCase,
  type CoverCase,
  type CurrencyCase,
  cases,
  type ProblemCase,
  type PromotionCase,
  type QuoteCase,
  selling,
  sorted,
  type TopUpCase,
} from "./cases.js";

let workbench: WorkbenchModule;
beforeAll(async () => {
  await init();
  workbench = await loadWorkbench();
});

describe("through the buyers' module", () => {
  it("currencies have the digits of ISO 4217, and Intl differs only where we know it", () => {
    for (const { currency, digits, intl_digits } of cases<CurrencyCase>("wasm", "currencies")) {
      const packs = [{ credits: 1, amount_minor: 1 }];
      const [quote] = priceTable(selling({ packs }, currency));
      expect(quote?.digits, currency).toBe(digits);
      const format = new Intl.NumberFormat("en", { style: "currency", currency });
      const shown = format.resolvedOptions().maximumFractionDigits;
      expect([digits, intl_digits], currency).toContain(shown);
    }
  });

  it("quotes are rounded against the seller", () => {
    for (const golden of cases<QuoteCase>("wasm", "quotes")) {
      const quotes = priceTable(selling(golden)).map((quote) => ({
        unit_minor: quote.unitMinor,
        saving_percent: quote.savingPercent,
        best_value: quote.bestValue,
      }));
      expect(quotes).toEqual(golden.quotes);
    }
  });

  it("covers are never beaten", () => {
    for (const golden of cases<CoverCase>("wasm", "covers")) {
      expect(cover(selling(golden), golden.wanted)).toMatchObject({
        price: { amount_minor: golden.amount_minor, currency: "usd" },
        credits: golden.credits,
        leftOver: golden.left_over,
      });
    }
  });

  it("top-ups last as long as asked", () => {
    for (const golden of cases<TopUpCase>("wasm", "top_ups")) {
      const { spent, spent_days: spentDays, last_days: lastDays, available } = golden;
      expect(topUp({ spent, spentDays, lastDays }, available)).toBe(golden.top_up);
    }
  });

  it("credits buy whole operations, and bad numbers are named", () => {
    const catalog = selling({ packs: [{ credits: 5, amount_minor: 400 }] });
    expect(buys(catalog, 15)).toEqual([
      { operation: "image", times: 15, leftOver: 0 },
      { operation: "film", times: 3, leftOver: 3 },
    ]);
    for (const bad of [1.5, -1, Number.NaN, 2 ** 53]) {
      expect(() => cover(catalog, bad)).toThrow(expect.objectContaining({ field: "credits" }));
    }
  });
});

describe("through the workbench's module", () => {
  it("promotions cost what fractions say", () => {
    for (const golden of cases<PromotionCase>("wasm", "promotions")) {
      const { catalog, asked, redeemed, now_ms } = golden;
      const taken = {
        total: redeemed.total,
        byAccount: redeemed.by_account,
        hasBought: redeemed.has_bought,
      };
      const deal = () => workbench.deal(catalog, asked, taken, undefined, now_ms);
      if (golden.code) {
        expect(deal, golden.code).toThrow(expect.objectContaining({ code: golden.code }));
      } else if (golden.refusal) {
        expect(deal()).toEqual({ refusal: golden.refusal });
      } else {
        expect(deal()).toMatchObject({
          listPrice: { amountMinor: golden.list_price_minor },
          price: { amountMinor: golden.price_minor },
          credits: golden.credits,
        });
      }
    }
  });

  it("accounts are in the variants that the hash says, or that were kept", () => {
    for (const golden of cases<AssignmentCase>("wasm", "assignments")) {
      const { catalog, account, kept } = golden;
      for (const { experiment, variant } of golden.assignments) {
        const before = kept.find((it) => it.experiment === experiment)?.variant;
        expect(workbench.variant(catalog, experiment, account, before)).toBe(variant);
      }
    }
  });

  it("advice is what the documentation says", () => {
    for (const golden of cases<AdviceCase>("wasm", "advice")) {
      expect(sorted(workbench.advise(golden.catalog))).toEqual(golden.advice);
    }
  });

  it("problems are told where they are", () => {
    for (const golden of cases<ProblemCase>("wasm", "problems")) {
      const problems: readonly Problem[] = workbench.problems(golden.catalog);
      const places = problems.map(({ place }) => place);
      expect(places.sort()).toEqual(golden.places);
    }
  });
});
