import { expect, test } from "vitest";
import { formatMoney } from "../src/money.js";

function check(
  amountMinor: number,
  currency: string,
  digits: number,
  locale: string,
  text: string,
) {
  // `Intl` separates with spaces of several widths; a reader sees a space.
  const shown = formatMoney({ amountMinor, currency, digits }, locale).replace(/\s/g, " ");
  expect(shown).toBe(text);
}

test("minor units become the buyer's notation", () => {
  check(1200, "usd", 2, "en", "$12.00");
  check(1205, "EUR", 2, "de", "12,05 €");
  check(5, "usd", 2, "en", "$0.05");
  check(-1200, "usd", 2, "en", "-$12.00");
});

test("digits come from the rulebook, not from Intl, which knows other ones", () => {
  check(500, "jpy", 0, "en", "¥500");
  check(1500, "kwd", 3, "en", "KWD 1.500");
  check(150_000, "isk", 2, "en", "ISK 1,500.00");
  check(150_000, "huf", 2, "en", "HUF 1,500.00");
});

test("the largest amount keeps every digit", () => {
  check(Number.MAX_SAFE_INTEGER, "usd", 2, "en", "$90,071,992,547,409.91");
});

test("what Intl refuses is still a price", () => {
  check(1200, "usd", 2, "en_US", "12.00 USD");
  check(1200, "not a currency", 2, "en", "12.00 NOT A CURRENCY");
});
