import { directionOf, layersFor } from "./languages.js";
import { cleanLocale } from "./locale.js";
import type en from "./words/en.js";

/** A text, or a text per plural form of the language; `{n}` and `{name}` are filled in. */
export type Message = string | Readonly<Partial<Record<Intl.LDMLPluralRule, string>>>;

export type MessageKey = keyof typeof en;

/** All words of the elements in one language. */
export type Messages = Readonly<Record<MessageKey, Message>>;

/** A whole language whose plural forms are `Forms`: no key and no form may be missing. */
export type Language<Forms extends Intl.LDMLPluralRule> = Readonly<
  Record<MessageKey, string | Readonly<Record<Forms, string>>>
>;

/** What is filled into a message: `n` also chooses the plural form. */
export type MessageValues = Readonly<Record<string, string | number>>;

/** Texts in one language, and what to mark them with. */
export interface Words {
  (key: MessageKey, values?: MessageValues): string;
  /** The language of the texts: the one asked for, or `en` where there are no words for it. */
  readonly lang: string;
  readonly dir: "ltr" | "rtl";
}

/**
 * The words for `locale`, as far as they are loaded; `overrides` replace single messages. Each
 * message is the first found of: overrides, the exact language, its base, English. Numbers follow
 * `locale`; plural forms those of the language a message is found in, where a form that it does not
 * name is `other`. A `locale` that is no language tag is English.
 */
export function createWords(locale: string, overrides: Partial<Messages> = {}): Words {
  const tag = cleanLocale(locale);
  const layers = [{ tag, messages: overrides }, ...layersFor(tag)];
  const lang = layers[1]?.tag === "en" ? "en" : tag;
  const dir = directionOf(lang);
  const numbers = new Intl.NumberFormat(tag);
  const rules = new Map(layers.map((layer) => [layer.tag, new Intl.PluralRules(layer.tag)]));

  function text(key: MessageKey, n: unknown): string {
    const layer = layers.find(({ messages }) => messages[key] !== undefined);
    const message = layer?.messages[key];
    if (layer === undefined || message === undefined) return key;
    if (typeof message === "string") return message;
    const form = typeof n === "number" ? rules.get(layer.tag)?.select(n) : undefined;
    return message[form ?? "other"] ?? message.other ?? "";
  }

  const words = (key: MessageKey, values: MessageValues = {}) =>
    text(key, values.n).replace(/\{(\w+)\}/g, (whole, name: string) => {
      const value = values[name];
      if (typeof value === "number") return numbers.format(value);
      return value === undefined ? whole : isolated(value, dir);
    });
  return Object.assign(words, { lang, dir });
}

/**
 * `value` set apart, as `<bdi>` does, from the direction of the text around it: a price or a name
 * in Latin letters would otherwise tear a right-to-left sentence. By characters, so that it also
 * holds in an `aria-label`.
 */
function isolated(value: string, dir: "ltr" | "rtl"): string {
  return dir === "rtl" ? `\u2068${value}\u2069` : value;
}

/** Whole percent in the buyer's notation, such as `20%` or `20 %`. */
export function formatPercent(percent: number, locale: string): string {
  return new Intl.NumberFormat(cleanLocale(locale), { style: "percent" }).format(percent / 100);
}
