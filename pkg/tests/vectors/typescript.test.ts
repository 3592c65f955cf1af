import { beforeAll, describe, expect, it } from "vitest";
import { formatMoney } from "../../src/money.js";
import { openWorkbench, previewCredits, type Workbench } from "../../src/workbench.js";
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

let workbench: Workbench;
beforeAll(async () => {
  workbench = await openWorkbench();
});

describe("credits, as a page has them", () => {
  const credits = (golden: Pick<QuoteCase, "packs">, settled = 20) =>
    previewCredits(workbench, { catalog: selling(golden), situation: { settled } });

  it("write amounts with the digits of ISO 4217, whatever Intl would", () => {
    for (const { currency, digits } of cases<CurrencyCase>("typescript", "currencies")) {
      const written = formatMoney({ amountMinor: 123_456, currency, digits }, "en");
      const decimals = /\.(\d+)$/.exec(written)?.[1] ?? "";
      expect(decimals, written).toHaveLength(digits);
      expect(written.replaceAll(/\D/g, ""), currency).toBe("123456");
    }
  });

  it("offer packs at their quotes", () => {
    for (const golden of cases<QuoteCase>("typescript", "quotes")) {
      const preview = credits(golden);
      const offers = preview.packs().map((offer) => ({
        unit_minor: offer.unitMinor,
        saving_percent: offer.savingPercent,
        best_value: offer.bestValue,
      }));
      expect(offers).toEqual(golden.quotes);
      const from = workbench.fromPrice(selling(golden));
      expect(from?.amountMinor).toBe(golden.from_minor);
      preview.close();
    }
  });

  it("are covered by the cheapest packs", () => {
    for (const golden of cases<CoverCase>("typescript", "covers")) {
      const preview = credits(golden);
      expect(preview.cover(golden.wanted)).toMatchObject({
        price: { amount_minor: golden.amount_minor },
        credits: golden.credits,
        leftOver: golden.left_over,
      });
      preview.close();
    }
  });

  it("last as long as a top-up is asked to", () => {
    const packs = [{ credits: 5, amount_minor: 400 }];
    for (const golden of cases<TopUpCase>("typescript", "top_ups")) {
      const preview = credits({ packs }, golden.available);
      const { spent, spent_days: spentDays, last_days: lastDays } = golden;
      expect(preview.topUp({ spent, spentDays, lastDays })).toBe(golden.top_up);
      preview.close();
    }
  });
});

describe("the workbench, as a seller has it", () => {
  it("deals at the price of the golden cases", () => {
    for (const golden of cases<PromotionCase>("typescript", "promotions")) {
      const { total, by_account: byAccount, has_bought: hasBought } = golden.redeemed;
      const redeemed = { total, byAccount, hasBought };
      const deal = () => workbench.deal(golden.catalog, golden.asked, redeemed, golden.now_ms);
      if (golden.code) {
        expect(deal).toThrow(expect.objectContaining({ name: "CreditError", code: golden.code }));
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

  it("shows each account the packs of its variants, in their order", () => {
    for (const golden of cases<AssignmentCase>("typescript", "assignments")) {
      const { packs, currency } = workbench.publicCatalog(
        golden.catalog,
        undefined,
        golden.assignments,
      );
      const shown = packs.map(({ id, price }) => [id, price.amount_minor]);
      expect(shown).toEqual(golden.on_sale.map(({ id, prices }) => [id, prices[currency]]));
      if (golden.kept.length === 0) {
        expect(workbench.assignments(golden.catalog, golden.account)).toEqual(golden.assignments);
      }
    }
  });

  it("advises what the documentation says", () => {
    for (const golden of cases<AdviceCase>("typescript", "advice")) {
      expect(sorted(workbench.advise(golden.catalog))).toEqual(golden.advice);
    }
  });

  it("tells problems where they are", () => {
    for (const golden of cases<ProblemCase>("typescript", "problems")) {
      const places = workbench.problems(golden.catalog).map(({ place }) => place);
      expect(places.sort()).toEqual(golden.places);
    }
  });
});
