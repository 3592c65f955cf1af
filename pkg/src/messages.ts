import { pickByLocale } from "./locale.js";

/** A text, or a text per plural form of the language; `{n}` and `{name}` are filled in. */
export type Message = string | Partial<Record<Intl.LDMLPluralRule, string>>;

const en = {
  credits: { one: "{n} credit", other: "{n} credits" },
  unit: { one: "credit", other: "credits" },
  available: { one: "{n} credit available", other: "{n} credits available" },
  inUse: "{n} in use",
  adding: { one: "Adding {n} credit…", other: "Adding {n} credits…" },
  incoming: { one: "{n} credit on its way", other: "{n} credits on their way" },
  buyCredits: "Buy credits",

  // Beneath the number, a few words at most: the widest of these sets the pill's width.
  noteIdle: "available",
  noteSpent: "{n} spent",
  noteReturned: "Not charged",
  noteGranted: "{n} added",
  noteDeclined: "Not enough credits",
  noteTaken: "{n} taken back",
  noteLow: "Running low",
  noteUnknown: "Checking…",
  noteStale: "Updating…",
  noteOffline: "Offline",
  noteOvercommitted: "Spent elsewhere",
  noteFault: "Not available",

  // Spoken, and shown where there is room.
  spent: { one: "{n} credit spent, {left} left.", other: "{n} credits spent, {left} left." },
  returnedFailed: "Not charged: {operation} could not be finished.",
  returnedCancelled: "Not charged: {operation} was cancelled.",
  returnedInvalid: "Not charged: the result of {operation} was not usable.",
  returnedExpired: "Not charged: {operation} took too long.",
  granted: {
    one: "{n} credit added, {left} available.",
    other: "{n} credits added, {left} available.",
  },
  declined: "Not enough credits. Nothing was charged.",
  taken: { one: "{n} credit was taken back.", other: "{n} credits were taken back." },
  low: { one: "Credits are running low: {n} left.", other: "Credits are running low: {n} left." },
  empty: "No credits left.",
  work: "the work",

  // Packs.
  packsTitle: "Buy credits",
  packsIntro: "One-time purchase. Credits never expire.",
  packsBalance: { one: "You have {n} credit.", other: "You have {n} credits." },
  packsLoading: "Loading prices…",
  buy: { one: "Buy {n} credit for {price}", other: "Buy {n} credits for {price}" },
  opening: "Opening checkout…",
  perCredit: "{price} per credit",
  saving: "{percent} less per credit than {pack}",
  bestValue: "Best value",
  close: "Close",

  // What went wrong when opening a checkout.
  errorNetwork: "The checkout cannot be reached. Nothing was charged; please try again.",
  errorPriceChanged: "The price has changed. Please look again before you buy.",
  errorNotConfigured: "Buying is not possible here yet.",
  errorRateLimited: "Too many tries in a short time. Please wait a moment.",
  errorFault: "Credits cannot be shown on this page.",
  errorOther: "The checkout could not be opened. Nothing was charged.",
} satisfies Record<string, Message>;

export type MessageKey = keyof typeof en;

/** All words of the elements in one language. */
export type Messages = Readonly<Record<MessageKey, Message>>;

/** Other languages are added here, whole: one with gaps would mix tongues in a sentence. */
const LANGUAGES: Readonly<Record<string, Messages>> = { en };

/** What is filled into a message: `n` also chooses the plural form. */
export type MessageValues = Readonly<Record<string, string | number>>;

/** The text of `key` in one language. */
export type Words = (key: MessageKey, values?: MessageValues) => string;

/**
 * The words for `locale`; `overrides` replace single messages. Numbers and plural forms follow
 * `locale`; a form that the language does not name is `other`.
 */
export function createWords(locale: string, overrides: Partial<Messages> = {}): Words {
  const language: Messages = { ...(pickByLocale(LANGUAGES, locale) ?? en), ...overrides };
  const rules = new Intl.PluralRules(locale);
  const numbers = new Intl.NumberFormat(locale);
  return (key, values = {}) => {
    const message = language[key];
    const { n } = values;
    const form = typeof n === "number" ? rules.select(n) : "other";
    const text = typeof message === "string" ? message : (message[form] ?? message.other ?? "");
    return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
      const value = values[name];
      return typeof value === "number" ? numbers.format(value) : (value ?? whole);
    });
  };
}

/** Whole percent in the buyer's notation, such as `20%` or `20 %`. */
export function formatPercent(percent: number, locale: string): string {
  return new Intl.NumberFormat(locale, { style: "percent" }).format(percent / 100);
}
