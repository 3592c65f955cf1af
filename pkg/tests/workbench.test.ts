import { beforeAll, expect, test } from "vitest";
import { openWorkbench, type Workbench } from "../src/workbench.js";

/** A catalog as creditpack.toml has it: good, with a promotion and an experiment. */
const SHOP = {
  currency: "usd",
  low_at: 2,
  packs: [
    { id: "starter", label: "Starter", credits: 5, prices: { usd: 400, eur: 400 } },
    {
      id: "standard",
      label: { en: "Standard", de: "Standard" },
      credits: 15,
      prices: { usd: 900, eur: 900 },
    },
  ],
  operations: [{ id: "image", label: "Picture", credits: 1 }],
  promotions: [
    { code: "SPRING", percent_off: 25, minimum_pack: "standard", ends_at_ms: 2000 },
    { code: "HELLO", bonus_credits: 3, first_purchase_only: true },
  ],
  experiments: [
    {
      id: "price",
      variants: [
        { id: "control", weight: 1 },
        { id: "cheap", weight: 1, prices: { standard: { usd: 800 } } },
      ],
    },
  ],
};

let workbench: Workbench;
beforeAll(async () => {
  workbench = await openWorkbench();
});

/** The catalog with its larger pack changed. */
function withStandard(change: object): object {
  const [starter, standard] = SHOP.packs;
  return { ...SHOP, packs: [starter, { ...standard, ...change }] };
}

test("a good catalog has no problems, and a broken one has them all, by place", () => {
  expect(workbench.problems(SHOP)).toEqual([]);
  const broken = { ...SHOP, packs: [{ id: "a", label: " ", credits: 0, prices: { usd: 0 } }] };
  const places = workbench.problems(broken).map(({ place }) => place);
  for (const place of ["packs.a.label", "packs.a.credits", "packs.a.prices"])
    expect(places).toContain(place);
});

test.each([
  [withStandard({ credits: 2.5 }), "packs[1].credits", /floating point `2.5`.*whole number/],
  [withStandard({ credits: "15" }), "packs[1].credits", /string "15"/],
  [withStandard({ price: 1 }), "packs[1].price", /unknown field `price`/],
  [withStandard({ expires_days: 90 }), "packs[1].expires_days", /refused: credits do not expire/],
  [{ ...SHOP, wallets: [] }, "wallets", /refused: there is one kind of credits/],
  [withStandard({ label: 5 }), "packs[1].label", /a text, or texts by locale/],
  [withStandard({ prices: { usd: -1 } }), "packs[1].prices.usd", /-1/],
  [{ ...SHOP, currency: "dollars" }, "currency", /./],
  [{ packs: [] }, "", /missing field `currency`/],
  [undefined, "", /must be an object/],
  [{ ...SHOP, packs: { a: 1 } }, "packs", /map/],
])("what is no catalog is told with its path (%#)", (catalog, place, rule) => {
  const [problem, ...more] = workbench.problems(catalog);
  expect(more).toEqual([]);
  expect(problem?.place).toBe(place);
  expect(problem?.rule).toMatch(rule);
  expect(problem?.rule).not.toMatch(/ at line /);
  expect(() => workbench.advise(catalog)).toThrow(
    expect.objectContaining({ code: "invalid_request", field: place || "catalog" }),
  );
});

test("a dearer pack is advised against, where it is", () => {
  expect(workbench.advise(SHOP).filter(({ severity }) => severity === "error")).toEqual([]);
  const [advice] = workbench.advise(withStandard({ prices: { usd: 1300, eur: 900 } }));
  expect(advice).toMatchObject({
    id: "dearer-per-credit",
    severity: "error",
    place: "packs.standard.prices.usd",
  });
  expect(advice?.remedy).not.toBe("");
});

test("the public catalog has no promotions and no experiments, in the currency asked for", () => {
  const catalog = workbench.publicCatalog(SHOP, "eur");
  expect(Object.keys(catalog).sort()).toEqual([
    "currency",
    "low_at",
    "operations",
    "packs",
    "version",
  ]);
  expect(catalog.packs.map(({ price }) => price)).toEqual([
    { amount_minor: 400, currency: "eur" },
    { amount_minor: 900, currency: "eur" },
  ]);
  expect(catalog.packs[1]?.label).toEqual({ en: "Standard", de: "Standard" });
  expect(() => workbench.publicCatalog(SHOP, "jpy")).toThrow(/currency/);
});

test("prices, what they buy, and what covers a number are the rulebook's", () => {
  const catalog = workbench.publicCatalog(SHOP);
  expect(workbench.priceTable(catalog)[1]).toMatchObject({
    pack: "standard",
    unitMinor: 60,
    savingPercent: 25,
    bestValue: true,
  });
  expect(workbench.fromPrice(catalog)).toEqual({ amountMinor: 400, currency: "usd", digits: 2 });
  expect(workbench.buys(catalog, 7)).toEqual([{ operation: "image", times: 7, leftOver: 0 }]);
  expect(workbench.cover(catalog, 12)).toMatchObject({ credits: 15, leftOver: 3 });
  expect(workbench.topUp({ spent: 10, spentDays: 5, lastDays: 10 }, 4)).toBe(16);
  expect(() => workbench.buys(catalog, 1.5)).toThrow(expect.objectContaining({ field: "credits" }));
});

test("a promotion is tried out at a moment, for an account with a past", () => {
  const deal = (pack: string, promotion: string, redeemed = {}, nowMs = 1000) =>
    workbench.deal(SHOP, { pack, promotion }, redeemed, nowMs);
  expect(deal("standard", " spring ")).toMatchObject({
    listPrice: { amountMinor: 900 },
    price: { amountMinor: 675, currency: "usd", digits: 2 },
    credits: 15,
    promotion: "SPRING",
  });
  expect(deal("starter", "HELLO")).toMatchObject({ price: { amountMinor: 400 }, credits: 8 });
  expect(deal("starter", "SPRING")).toEqual({ refusal: "pack_too_small" });
  expect(deal("standard", "SPRING", {}, 2000)).toEqual({ refusal: "ended" });
  expect(deal("starter", "HELLO", { hasBought: true })).toEqual({ refusal: "not_first_purchase" });
  expect(deal("starter", "NONE")).toEqual({ refusal: "unknown" });
  expect(() => deal("none", "HELLO")).toThrow(expect.objectContaining({ code: "unknown_pack" }));
});

test("an account keeps its variant, and sees its prices", () => {
  const accounts = Array.from({ length: 40 }, (_, at) => `u_${at}`);
  const found = accounts.map((account) => workbench.variant(SHOP, "price", account));
  expect(new Set(found)).toEqual(new Set(["control", "cheap"]));
  expect(workbench.variant(SHOP, "price", "u_1", "cheap")).toBe("cheap");
  expect(workbench.variant(SHOP, "none", "u_1")).toBeUndefined();
  const cheap = accounts[found.indexOf("cheap")] ?? "";
  const assignments = workbench.assignments(SHOP, cheap);
  expect(assignments).toEqual([{ experiment: "price", variant: "cheap" }]);
  const { packs } = workbench.publicCatalog(SHOP, "usd", assignments);
  expect(packs[1]?.price.amount_minor).toBe(800);
  const asked = { pack: "standard" };
  expect(workbench.deal(SHOP, asked, {}, 0, assignments)).toMatchObject({
    price: { amountMinor: 800 },
  });
  expect(() => workbench.variant(SHOP, "price", "no good")).toThrow(/account/);
});
