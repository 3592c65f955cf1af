// Codes and quotes, with the real backend: in the client, and on packs in a stand-in for a page.
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import type { CreditPacks } from "../src/elements/index.js";
import { type Credits, createCredits, type OpenCheckout } from "../src/index.js";
import { type CreditsServer, createCreditsServer } from "../src/server/index.js";
import { type Backend, PAGE, startBackend } from "./backend.js";
import { openPage, type PageElement } from "./page.js";

const PROMOTIONS = `
[[catalog.promotions]]
code = "LAUNCH20"
percent_off = 20

[[catalog.promotions]]
code = "BONUS3"
bonus_credits = 3
minimum_pack = "standard"

[[catalog.promotions]]
code = "OVER"
percent_off = 50
ends_at = 2020-01-01T00:00:00Z

[[catalog.promotions]]
code = "ONCE"
percent_off = 50
redemptions_per_account_max = 1
`;
const URLS = { successUrl: `${PAGE}/`, cancelUrl: `${PAGE}/` };

let backend: Backend;
let server: CreditsServer;
let body: PageElement;
let accounts = 0;
const opened: Credits[] = [];

beforeAll(async () => {
  backend = await startBackend({}, (config) =>
    config.replace(/^low_at = 1$/m, '$&\ntax = "exclusive"').concat(PROMOTIONS),
  );
  server = createCreditsServer(backend);
  body = openPage();
  await import("../src/elements/index.js");
});
afterEach(() => {
  body.replaceChildren();
  for (const credits of opened.splice(0)) credits.close();
});
afterAll(() => backend.stop());

/** A client of an account of its own. */
async function open(locale = "en"): Promise<Credits> {
  accounts += 1;
  const account = `buyer_${accounts}`;
  const credits = createCredits({
    endpoint: backend.endpoint,
    account,
    locale,
    getToken: async () => (await server.mintToken(account)).token,
  });
  opened.push(credits);
  await credits.ready;
  return credits;
}

/** Pays at the test checkout. */
async function pay({ url }: OpenCheckout): Promise<void> {
  const body = new URLSearchParams({ choice: "pay" });
  await fetch(url, { method: "POST", body, redirect: "manual" });
}

test("a quote tells what a purchase costs with a code, and the checkout expects just that", async () => {
  const credits = await open();
  const quote = await credits.quote("standard", { promotion: " launch20 ", quantity: 2 });
  expect(quote).toMatchObject({
    pack: "standard",
    quantity: 2,
    promotion: "launch20",
    listPrice: { amountMinor: 1800, currency: "usd", digits: 2 },
    price: { amountMinor: 1440, currency: "usd", digits: 2 },
    credits: 30,
  });
  expect(quote.expiresAtMs).toBeGreaterThan(Date.now());
  const checkout = await credits.checkout("standard", { ...URLS, quote });
  expect(checkout).toMatchObject({
    status: "open",
    credits: 30,
    price: { amountMinor: 1440, currency: "usd" },
  });
});

test("a quote without a code is the pack's own price", async () => {
  const credits = await open();
  const quote = await credits.quote("starter");
  expect(quote).toMatchObject({ quantity: 1, credits: 5, price: { amountMinor: 400 } });
  expect(quote).not.toHaveProperty("promotion");
});

test.each([
  ["starter", "NOSUCH", "unknown"],
  ["starter", "BONUS3", "pack_too_small"],
  ["standard", "OVER", "ended"],
] as const)("%s with %s is refused: %s", async (pack, promotion, reason) => {
  const credits = await open();
  await expect(credits.quote(pack, { promotion })).rejects.toMatchObject({
    name: "CreditError",
    code: "promotion_invalid",
    status: 422,
    reason,
  });
});

test("a quote of what is not sold, or of something else, gets nowhere", async () => {
  const credits = await open();
  await expect(credits.quote("gold")).rejects.toMatchObject({ code: "unknown_pack" });
  await expect(credits.quote("starter", { quantity: 0 })).rejects.toMatchObject({
    code: "invalid_request",
    field: "quantity",
  });
  const quote = await credits.quote("starter");
  for (const [pack, quantity] of [
    ["standard", 1],
    ["starter", 2],
  ] as const) {
    await expect(credits.checkout(pack, { ...URLS, quote, quantity })).rejects.toMatchObject({
      code: "invalid_request",
      field: "quote",
    });
  }
});

test("a price that was not the one shown is refused", async () => {
  const credits = await open();
  const quote = await credits.quote("starter", { promotion: "LAUNCH20" });
  const price = { ...quote.price, amountMinor: quote.price.amountMinor - 1 };
  await expect(
    credits.checkout("starter", { ...URLS, quote: { ...quote, price } }),
  ).rejects.toMatchObject({ code: "price_changed" });
});

test("a code that was used since is refused by the checkout, with the reason", async () => {
  const credits = await open();
  const quote = await credits.quote("starter", { promotion: "ONCE" });
  await pay(await credits.checkout("starter", { ...URLS, quote }));
  await expect(credits.checkout("starter", { ...URLS, quote })).rejects.toMatchObject({
    code: "promotion_invalid",
    reason: "used_by_account",
  });
});

test("packs are offered as quoted, and the rulebook prices them then", async () => {
  const credits = await open();
  const list = credits.packs();
  expect(list[0]).toMatchObject({ tax: "exclusive" });
  const bonus = await credits.quote("standard", { promotion: "BONUS3" });
  expect(credits.packs([bonus])).toEqual([
    list[0],
    { ...list[1], credits: 18, bonusCredits: 3, unitMinor: 50, savingPercent: 37 },
  ]);
  const off = await credits.quote("standard", { promotion: "LAUNCH20" });
  expect(credits.packs([off])[1]).toMatchObject({
    amountMinor: 720,
    listAmountMinor: 900,
    unitMinor: 48,
    savingPercent: 40,
  });
  expect(credits.packs([await credits.quote("starter", { quantity: 2 })])).toEqual(list);
  expect(credits.packs()).toBe(list);
});

/** `<credit-packs>` of `credits` in the page. */
function packsOf(credits: Credits, attributes: Record<string, string> = {}) {
  const packs = document.createElement("credit-packs") as unknown as CreditPacks & PageElement;
  for (const [name, value] of Object.entries(attributes)) packs.setAttribute(name, value);
  for (const name of ["success-url", "cancel-url"]) packs.setAttribute(name, PAGE);
  packs.credits = credits;
  body.append(packs);
  const part = (name: string) => packs.partOf(name);
  const parts = (name: string) => {
    const found: PageElement[] = [];
    packs.walk((node) => {
      if (node.getAttribute("part") === name) found.push(node);
    });
    return found;
  };
  const texts = (name: string) => parts(name).map((node) => node.textContent);
  const told = () => part("promotion__note")?.textContent;
  const enter = (code: string) => {
    const input = part("promotion__input");
    if (input) input.value = code;
    const form = input?.parentNode;
    form?.dispatchEvent(new Event("submit", { cancelable: true }));
    return input;
  };
  return { packs, part, parts, texts, told, enter };
}

test("a code of the page is applied before any price is shown", async () => {
  const { packs, texts, told } = packsOf(await open(), { promotion: "LAUNCH20" });
  expect(texts("pack__price")).toEqual([]);
  await vi.waitFor(() => expect(told()).toBe("Code LAUNCH20 is applied."));
  expect(texts("pack__price")).toEqual([
    "$3.20 instead of $4.00$4.00",
    "$7.20 instead of $9.00$9.00",
  ]);
  expect(texts("pack__tax")).toEqual(["plus tax", "plus tax"]);
  expect(texts("pack__buys")[1]).toBe("15 drafts, 15 pictures, or 15 campaigns");
  packs.removeAttribute("promotion");
  packs.attributeChangedCallback("promotion");
  expect(texts("pack__price")).toEqual(["$4.00", "$9.00"]);
});

test("a code that is refused stays in the input and is told, until a good one is", async () => {
  const { part, texts, told, enter } = packsOf(await open(), { "promotion-field": "" });
  await vi.waitFor(() => expect(texts("pack__price")).toEqual(["$4.00", "$9.00"]));
  expect(part("promotion__ask")?.textContent).toBe("Have a code?");
  const input = enter("LUNCH");
  expect(part("promotion__apply")?.textContent).toBe("Checking…");
  await vi.waitFor(() => expect(told()).toMatch(/^There is no such code\./));
  expect(input?.value).toBe("LUNCH");
  enter("BONUS3");
  await vi.waitFor(() => expect(told()).toBe("Code BONUS3 is applied."));
  expect(texts("pack__credits")).toEqual(["5 credits", "15 + 3 credits"]);
  expect(texts("pack__refusal")).toEqual(["This code is for larger packs.", ""]);
  expect(texts("buy")).toEqual(["Buy 5 credits for $4.00", "Buy 18 credits for $9.00"]);
  part("promotion__remove")?.dispatchEvent(new Event("click"));
  expect(texts("pack__credits")).toEqual(["5 credits", "15 credits"]);
  expect(told()).toBe("The code is removed. These are the regular prices.");
});

test("what is bought with a code is bought at its price, once", async () => {
  const credits = await open("de");
  const { packs, parts, texts, told } = packsOf(credits, { promotion: "once" });
  const checkouts: OpenCheckout[] = [];
  packs.addEventListener("credit-checkout", (event) => {
    event.preventDefault();
    checkouts.push(event.detail);
  });
  const buy = () => parts("buy")[0]?.dispatchEvent(new Event("click"));
  const paid = () => checkouts.map(({ price }) => price.amountMinor);
  await vi.waitFor(() => expect(told()).toBe("Code once ist eingelöst."));
  buy();
  await vi.waitFor(() => expect(paid()).toEqual([200]));
  for (const checkout of checkouts) await pay(checkout);
  buy();
  await vi.waitFor(() =>
    expect(told()).toBe("Dieser Code wurde von diesem Konto schon eingelöst."),
  );
  expect(texts("pack__price").map((text) => text.replace(/\s/g, " "))).toEqual([
    "4,00 $",
    "9,00 $",
  ]);
  buy();
  await vi.waitFor(() => expect(paid()).toEqual([200, 400]));
});
