import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test, vi } from "vitest";
import { BALANCE_STYLES } from "../src/elements/balance-styles.js";
import { PACKS_STYLES } from "../src/elements/packs-styles.js";
import { PROMOTION_STYLES } from "../src/elements/promotion-styles.js";
import { TOKENS } from "../src/elements/tokens.js";
import { layersFor } from "../src/languages.js";
import type { MessageKey, Messages } from "../src/messages.js";
import en from "../src/words/en.js";
import { loadWords, registerMessages, type Story, storyLine } from "../src/words/index.js";

const LOCALES = ["en", "de", "fr", "es", "pt-BR", "pl", "ja", "ar", "he"] as const;
const AMOUNTS = [0, 1, 2, 3, 5, 11, 21, 100, 1_000_000];
const KEYS = Object.keys(en) as MessageKey[];
const VALUES = {
  n: 3,
  bonus: 7,
  code: "§code",
  left: 4,
  spent: 1,
  returned: 2,
  credits: "§credits",
  operation: "§operation",
  pack: "§pack",
  percent: "§percent",
  price: "§price",
  reason: "§reason",
  state: "§state",
  action: "§action",
};
/** Words that are the same in English, and marks that are no words. */
const SHARED: Readonly<Record<string, readonly string[]>> = {
  de: ["noteOffline"],
  all: ["comma", "pillName", "storySpent", "withBonus"],
};

/** The built-in messages of one language, as its file has them. */
async function messagesOf(locale: string): Promise<Messages> {
  await loadWords(locale);
  const base = locale.split("-")[0];
  const layer = layersFor(locale).find(({ tag }) => tag === base);
  if (!layer) throw new Error(`no words for ${locale}`);
  return layer.messages as Messages;
}

function formsOf(message: Messages[MessageKey]): readonly string[] {
  return typeof message === "string" ? [message] : Object.values(message);
}

function placeholders(text: string): readonly string[] {
  return [...new Set([...text.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name))].sort();
}

test("these are all the languages there are", () => {
  const files = readdirSync(fileURLToPath(new URL("../src/words", import.meta.url)));
  expect(files.sort()).toEqual([...LOCALES, "index"].map((name) => `${name}.ts`).sort());
});

test.each(LOCALES)("%s has every key, and every form that its numbers choose", async (locale) => {
  const messages = await messagesOf(locale);
  expect(Object.keys(messages).sort()).toEqual([...KEYS].sort());
  const rules = new Intl.PluralRules(locale);
  for (const [key, message] of Object.entries(messages)) {
    if (typeof message === "string") continue;
    const chosen = AMOUNTS.map((n) => rules.select(n));
    expect(Object.keys(message), key).toEqual(expect.arrayContaining(chosen));
    const named = rules.resolvedOptions().pluralCategories;
    expect(Object.keys(message).sort(), key).toEqual([...named].sort());
  }
});

test.each(LOCALES)("%s fills in what English fills in", async (locale) => {
  const messages = await messagesOf(locale);
  for (const key of KEYS) {
    const wanted = placeholders(formsOf(en[key]).join(""));
    for (const form of formsOf(messages[key])) {
      expect(form.trim() === "" && key !== "comma", key).toBe(false);
      expect(wanted, `${key}: ${form}`).toEqual(expect.arrayContaining([...placeholders(form)]));
      // "One" and "two" may be a word of their own.
      const missing = wanted.filter((name) => !placeholders(form).includes(name));
      expect(
        missing.filter((name) => name !== "n"),
        `${key}: ${form}`,
      ).toEqual([]);
    }
  }
});

test.each(LOCALES)("%s leaves no placeholder in a text", async (locale) => {
  const words = await loadWords(locale);
  for (const key of KEYS) {
    for (const n of AMOUNTS) expect(words(key, { ...VALUES, n }), key).not.toMatch(/[{}]/);
  }
});

test.each(LOCALES.slice(1))("%s has no English left in it", async (locale) => {
  const messages = await messagesOf(locale);
  const shared = [...(SHARED.all ?? []), ...(SHARED[locale] ?? [])];
  for (const key of KEYS.filter((key) => !shared.includes(key))) {
    const english = formsOf(en[key]);
    for (const form of formsOf(messages[key])) expect(english, key).not.toContain(form);
    if (["ja", "ar", "he"].includes(locale)) {
      const latin = formsOf(messages[key])
        .join(" ")
        .replace(/\{\w+\}/g, "");
      expect(latin, key).not.toMatch(/[a-z]/i);
    }
  }
});

test.each([
  ["pl", ["0 kredytów", "1 kredyt", "2 kredyty", "5 kredytów", "21 kredytów", "22 kredyty"]],
  ["fr", ["0 crédit", "1 crédit", "2 crédits", "5 crédits", "21 crédits", "22 crédits"]],
  ["ar", ["0 رصيد", "رصيد واحد", "رصيدان", "5 أرصدة", "21 رصيدًا", "22 رصيدًا"]],
  ["he", ["0 קרדיטים", "קרדיט אחד", "שני קרדיטים", "5 קרדיטים", "21 קרדיטים", "22 קרדיטים"]],
  [
    "ja",
    ["0クレジット", "1クレジット", "2クレジット", "5クレジット", "21クレジット", "22クレジット"],
  ],
] as const)("%s counts as its speakers do", async (locale, counted) => {
  const words = await loadWords(locale);
  expect([0, 1, 2, 5, 21, 22].map((n) => words("credits", { n }))).toEqual(counted);
});

test("a million is counted in millions where a language does", async () => {
  const told = async (locale: string) =>
    (await loadWords(locale))("credits", { n: 1_000_000 }).replace(/\s/g, " ");
  expect(await told("fr")).toBe("1 000 000 de crédits");
  expect(await told("es")).toBe("1.000.000 de créditos");
  expect(await told("pt-BR")).toBe("1.000.000 de créditos");
});

test("nothing is charged for in nine languages", async () => {
  const told = await Promise.all(
    LOCALES.map(async (tag) => (await loadWords(tag))("noteReturned")),
  );
  expect(told).toEqual([
    "Not charged",
    "Nicht berechnet",
    "Non facturé",
    "No se ha cobrado",
    "Não cobrado",
    "Nie pobrano opłaty",
    "請求されません",
    "لم يُحتسب",
    "ללא חיוב",
  ]);
});

test.each([
  ["de-AT", "de-AT", "Nicht berechnet"],
  ["pt", "pt", "Não cobrado"],
  ["pt-PT", "pt-PT", "Não cobrado"],
  ["ar-EG", "ar-EG", "لم يُحتسب"],
  ["iw", "he", "ללא חיוב"],
  ["de_DE", "de-DE", "Nicht berechnet"],
  ["sv", "en", "Not charged"],
  ["", "en", "Not charged"],
  ["not a tag", "en", "Not charged"],
  ["xx-YY", "en", "Not charged"],
  ["constructor", "en", "Not charged"],
])('"%s" speaks %s', async (asked, lang, text) => {
  const words = await loadWords(asked);
  expect([words.lang, words("noteReturned")]).toEqual([lang, text]);
});

test("direction is that of the words, not of the wish", async () => {
  const dirOf = async (locale: string) => (await loadWords(locale)).dir;
  expect(await Promise.all(["ar", "he-IL", "de", "ja"].map(dirOf))).toEqual([
    "rtl",
    "rtl",
    "ltr",
    "ltr",
  ]);
  expect(await dirOf("fa")).toBe("ltr");
  registerMessages("fa", { close: "بستن" });
  expect(await dirOf("fa")).toBe("rtl");
});

test("a price stands apart in a sentence that runs from right to left", async () => {
  const price = "€12.00";
  expect((await loadWords("he"))("perCredit", { price })).toBe(`\u2068${price}\u2069 לקרדיט`);
  expect((await loadWords("de"))("perCredit", { price })).toBe(`${price} pro Credit`);
});

test("registered words go before ours, exact before base, message by message", async () => {
  registerMessages("es", { close: "Cerrar ventana" });
  registerMessages("es-MX", { credits: { one: "{n} ficha", other: "{n} fichas" } });
  registerMessages("es_mx", { unit: "fichas" });
  const mexican = await loadWords("es-MX");
  expect(mexican("credits", { n: 2 })).toBe("2 fichas");
  expect(mexican("credits", { n: 1_000_000 })).toMatch(/fichas$/);
  expect(mexican("unit", { n: 2 })).toBe("fichas");
  expect(mexican("close")).toBe("Cerrar ventana");
  expect(mexican("noteReturned")).toBe("No se ha cobrado");
  expect((await loadWords("es"))("credits", { n: 2 })).toBe("2 créditos");
  const own = await loadWords("es-MX", { close: "X" });
  expect(own("close")).toBe("X");
});

test("a language of one's own falls back to English, with English plural forms", async () => {
  registerMessages("ko", { close: "닫기" });
  const words = await loadWords("ko");
  expect([words("close"), words("credits", { n: 1 })]).toEqual(["닫기", "1 credit"]);
});

test("a language is loaded when it is asked for, and once", async () => {
  vi.resetModules();
  const { layersFor: layers, loadLanguage } = await import("../src/languages.js");
  expect(layers("pl").map(({ tag }) => tag)).toEqual(["en"]);
  expect(loadLanguage("en")).toBeUndefined();
  expect(loadLanguage("sv")).toBeUndefined();
  const loading = loadLanguage("pl-PL");
  expect(loadLanguage("pl")).toBe(loading);
  await loading;
  expect(loadLanguage("pl")).toBeUndefined();
  expect(layers("pl").map(({ tag }) => tag)).toEqual(["pl", "en"]);
});

test("a language that cannot be fetched is English, and is tried again", async () => {
  vi.resetModules();
  vi.doMock("../src/words/de.js", () => {
    throw new Error("offline");
  });
  const warned = vi.spyOn(console, "warn").mockImplementation(() => {});
  const { loadWords: load } = await import("../src/words/index.js");
  expect((await load("de"))("close")).toBe("Close");
  expect(warned).toHaveBeenCalledOnce();
  vi.doUnmock("../src/words/de.js");
  vi.resetModules();
  warned.mockRestore();
});

const STORY: Story = {
  key: "returned",
  credits: 1,
  spent: 0,
  returned: 1,
  op: "01",
  operation: "image",
  reason: "failed",
  atMs: 1,
  version: 2,
};
const OPERATIONS = [{ id: "image", label: "Picture" }];

async function lines(locale: string, ...stories: readonly Partial<Story>[]) {
  const words = await loadWords(locale);
  const told = stories.map((story) => storyLine({ ...STORY, ...story }, words, OPERATIONS));
  return told.map((line) => line.replace(/[\u2068\u2069]/g, ""));
}

test("every story has a line", async () => {
  const spend = { credits: 3, returned: 0 };
  expect(
    await lines(
      "en",
      { key: "bought", credits: 15 },
      { key: "granted", credits: 1, reason: "for people" },
      { key: "taken", credits: 15 },
      { key: "reinstated", credits: 15 },
      { ...spend, key: "running" },
      { ...spend, key: "spent", spent: 3 },
      { key: "partly_spent", credits: 3, spent: 2, returned: 1 },
      { key: "returned" },
      { key: "returned", reason: "cancelled" },
      { key: "returned", reason: "invalid_output" },
      { key: "returned", reason: "expired" },
      { key: "returned", reason: "something new" },
      { key: "refunded", credits: 3, returned: 3 },
      { key: "refunded", credits: 3, spent: 2, returned: 1 },
      { key: "spent", operation: "retired" },
    ),
  ).toEqual([
    "Purchase, 15 credits",
    "Added, 1 credit",
    "Taken back, 15 credits",
    "Given back, 15 credits",
    "Picture, 3 credits, in progress",
    "Picture, 3 credits",
    "Picture, 2 of 3 credits: the rest was not charged",
    "Picture, 1 credit, returned: it could not be finished",
    "Picture, 1 credit, returned: it was cancelled",
    "Picture, 1 credit, returned: the result was not usable",
    "Picture, 1 credit, returned: it took too long",
    "Picture, 1 credit, returned",
    "Picture, 3 credits, refunded",
    "Picture, 1 of 3 credits refunded",
    "retired, 1 credit",
  ]);
});

test.each([
  ["de", "Picture, 1 Credit, zurückgegeben: konnte nicht abgeschlossen werden"],
  ["fr", "Picture, 1 crédit rendu : l’opération n’a pas pu aboutir"],
  ["es", "Picture, 1 crédito devuelto: no se pudo completar"],
  ["pt-BR", "Picture, 1 crédito devolvido: não foi possível concluir"],
  ["pl", "Picture, 1 kredyt, zwrot: nie udało się ukończyć"],
  ["ja", "Picture、1クレジット、返却済み：完了できませんでした"],
  ["ar", "Picture، رصيد واحد، إعادة: تعذّر الإكمال"],
  ["he", "Picture, קרדיט אחד, הוחזר: לא ניתן היה להשלים"],
])("a returned picture in %s", async (locale, line) => {
  const [told] = await lines(locale, {});
  expect(told?.replace(/\s/g, " ")).toBe(line);
});

test("the elements are laid out by logical sides only", () => {
  const physical =
    /(^|[\s;{-])(left|right)\s*:|(margin|padding|border)-(left|right)|text-align: (left|right)/m;
  const fourSides = /(margin|padding|inset|border-radius):(\s+[^\s;]+){4};/;
  for (const css of [BALANCE_STYLES, PACKS_STYLES, PROMOTION_STYLES, TOKENS]) {
    expect(css).not.toMatch(physical);
    expect(css).not.toMatch(fourSides);
  }
});
