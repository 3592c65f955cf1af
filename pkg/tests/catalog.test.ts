import { expect, test } from "vitest";
import { type Catalog, operationLabel, packOffers, resolveLabel } from "../src/catalog.js";

const labels = { en: "Starter", de: "Einstieg", "pt-BR": "Inicial" };

test.each([
  ["de", "Einstieg"],
  ["de-AT", "Einstieg"],
  ["pt-BR", "Inicial"],
  ["pt_br", "Inicial"],
  ["pt", "Starter"],
  ["fr", "Starter"],
  ["", "Starter"],
  ["not a tag!", "Starter"],
])("a label for %j is %j", (locale, label) => {
  expect(resolveLabel(labels, locale, "id")).toBe(label);
});

test("without English the first label stands, without any the id", () => {
  expect(resolveLabel({ de: "Einstieg", fr: "Début" }, "ja", "id")).toBe("Einstieg");
  expect(resolveLabel({}, "en", "id")).toBe("id");
  expect(resolveLabel("", "en", "id")).toBe("id");
  expect(resolveLabel(undefined, "en", "id")).toBe("id");
});

test("offers keep the order and numbers of the quotes and add the words", () => {
  const catalog: Catalog = {
    currency: "usd",
    packs: [
      { id: "starter", label: labels },
      { id: "standard", label: "Standard", badge: { en: "Most chosen" } },
    ],
    operations: [{ id: "image", label: { en: "Picture", de: "Bild" }, credits: 1 }],
  };
  const quote = {
    currency: "usd",
    digits: 2,
    credits: 5,
    amountMinor: 500,
    unitMinor: 100,
    savingPercent: 0,
    bestValue: false,
  };
  const quotes = [
    { ...quote, pack: "starter" },
    { ...quote, pack: "standard", amountMinor: 1200, bestValue: true },
  ];
  expect(packOffers(catalog, quotes, "de")).toEqual([
    { ...quotes[0], id: "starter", label: "Einstieg" },
    { ...quotes[1], id: "standard", label: "Standard", badge: "Most chosen" },
  ]);
  expect(operationLabel(catalog, "image", "de")).toBe("Bild");
  expect(operationLabel(catalog, "hat", "de")).toBe("hat");
  expect(operationLabel(undefined, "image", "de")).toBe("image");
});
