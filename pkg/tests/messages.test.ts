import { expect, test } from "vitest";
import { createWords, formatPercent } from "../src/messages.js";

test("numbers choose the plural form", () => {
  const words = createWords("en");
  expect(words("credits", { n: 1 })).toBe("1 credit");
  expect(words("credits", { n: 15 })).toBe("15 credits");
  expect(words("credits", { n: 0 })).toBe("0 credits");
  expect(words("inUse", { n: 1 })).toBe("1 in use");
  expect(words("adding", { n: 15 })).toBe("Adding 15 credits…");
  expect(words("buy", { n: 15, price: "$12.00" })).toBe("Buy 15 credits for $12.00");
  expect(words("spent", { n: 1, left: 1200 })).toBe("1 credit spent, 1,200 left.");
  expect(words("returnedFailed", { operation: "Picture" })).toBe(
    "Not charged: Picture could not be finished.",
  );
});

test("a language without words of its own gets English ones and its own numbers", () => {
  expect(createWords("el")("credits", { n: 1200 })).toBe("1.200 credits");
});

test("single messages can be replaced, with the plural forms of their language", () => {
  const credits = { one: "{n} kredyt", few: "{n} kredyty", many: "{n} kredytów", other: "{n} kr." };
  const words = createWords("pl", { credits });
  expect([1, 2, 5].map((n) => words("credits", { n }))).toEqual([
    "1 kredyt",
    "2 kredyty",
    "5 kredytów",
  ]);
  expect(words("bestValue")).toBe("Best value");
});

test("a form that a message lacks is its `other`", () => {
  expect(createWords("pl", { credits: { other: "{n} kr." } })("credits", { n: 2 })).toBe("2 kr.");
});

test("percent follows the buyer's notation", () => {
  expect(formatPercent(20, "en")).toBe("20%");
  expect(formatPercent(20, "de").replace(/\s/g, " ")).toBe("20 %");
});
