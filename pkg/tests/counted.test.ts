import { expect, test } from "vitest";
import { boughtOffers, type Catalog } from "../src/catalog.js";
import { type Counted, countOf } from "../src/counted.js";

const PICTURES: Counted = {
  en: { one: "{n} picture", other: "{n} pictures" },
  de: { one: "{n} Bild", other: "{n} Bilder" },
  "de-AT": { one: "{n} Bildl", other: "{n} Bildln" },
  pl: { one: "{n} obraz", few: "{n} obrazy", many: "{n} obrazów", other: "{n} obrazu" },
  ar: { one: "صورة واحدة", two: "صورتان", few: "{n} صور", many: "{n} صورة", other: "{n} صورة" },
};

test.each([
  ["en", 1, "1 picture"],
  ["en", 15, "15 pictures"],
  ["de", 15, "15 Bilder"],
  ["de-CH", 1, "1 Bild"],
  ["de-AT", 15, "15 Bildln"],
  ["de_AT", 15, "15 Bildln"],
  ["pl", 2, "2 obrazy"],
  ["pl", 5, "5 obrazów"],
  ["ar", 2, "صورتان"],
  ["ar", 5, "5 صور"],
  ["ja", 15, "15 pictures"],
  ["", 15, "15 pictures"],
  ["no tag at all", 1, "1 picture"],
])("in %j, %i of it are %j", (locale, n, text) => {
  expect(countOf("Picture", PICTURES, n, locale)).toBe(text);
});

test("numbers are those of the buyer, the words those that there are", () => {
  expect(countOf("Picture", { en: { other: "{n} of {n} pictures" } }, 12_345, "de")).toBe(
    "12.345 of 12.345 pictures",
  );
});

test.each([
  ["none at all", undefined],
  ["null, as some backends write it", null],
  ["only another language", { fr: { other: "{n} images" } }],
  ["a form that its numbers never choose", { en: { few: "{n} pictures" } }],
  ["a text that is empty", { en: { other: "" } }],
])("with %s it is the label that is counted", (_, counted) => {
  expect(countOf("Picture", counted, 1500, "de")).toBe("1.500 × Picture");
});

test("a form that is missing is `other`", () => {
  expect(countOf("Picture", { pl: { other: "{n} obr." } }, 5, "pl")).toBe("5 obr.");
});

test("a language without the form goes on to the next", () => {
  const counted = { de: { one: "{n} Bild" }, en: { other: "{n} pictures" } };
  expect(countOf("Picture", counted, 15, "de")).toBe("15 pictures");
});

test("a bad tag in a catalog is English, and nothing is thrown", () => {
  expect(countOf("Picture", { "not a tag": { other: "{n} pictures" } }, 2, "en")).toBe(
    "2 pictures",
  );
});

test("what credits buy is told in the buyer's language, a retired operation by its id", () => {
  const catalog: Catalog = {
    currency: "usd",
    packs: [],
    operations: [
      { id: "image", label: "Picture", counted: PICTURES, credits: 1 },
      { id: "film", label: { en: "Film", fr: "Court métrage" }, credits: 5 },
    ],
  };
  const bought = ["image", "film", "hat"].map((operation) => ({
    operation,
    times: 3,
    leftOver: 0,
  }));
  expect(boughtOffers(catalog, bought, "fr").map(({ text }) => text)).toEqual([
    "3 pictures",
    "3 × Court métrage",
    "3 × hat",
  ]);
});
