import { cleanLocale, fallbackTags } from "./locale.js";
import type { Messages } from "./messages.js";
import en from "./words/en.js";

/** By base language: any `de-…` gets the German words. A page loads only those it speaks. */
const FILES: Readonly<Record<string, () => Promise<{ readonly default: Messages }>>> = {
  ar: () => import("./words/ar.js"),
  de: () => import("./words/de.js"),
  es: () => import("./words/es.js"),
  fr: () => import("./words/fr.js"),
  he: () => import("./words/he.js"),
  ja: () => import("./words/ja.js"),
  pl: () => import("./words/pl.js"),
  pt: () => import("./words/pt-BR.js"),
};

/** Words under the tag whose plural forms they have. */
export interface Layer {
  readonly tag: string;
  readonly messages: Partial<Messages>;
}

const loaded = new Map<string, Messages>([["en", en]]);
const loading = new Map<string, Promise<void>>();
const registered = new Map<string, Partial<Messages>>();
const listeners = new Set<() => void>();

/**
 * Replaces messages of one language, or adds a language, for the whole page: `de-AT` for Austria
 * alone, `de` for every German. What is left out falls back, message by message. A second call for
 * the same language adds to the first.
 */
export function registerMessages(locale: string, messages: Partial<Messages>): void {
  const tag = cleanLocale(locale).toLowerCase();
  registered.set(tag, { ...registered.get(tag), ...messages });
  for (const listener of [...listeners]) listener();
}

/** Calls `listener` when words were registered; the returned function ends it. */
export function watchLanguages(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/**
 * Fetches the built-in words for `locale`; undefined if they are there, or there are none. Never
 * rejects: without its file a language falls back to English, and the next call tries again.
 */
export function loadLanguage(locale: string): Promise<void> | undefined {
  const tag = fallbackTags(locale).find((tag) => loaded.has(tag) || Object.hasOwn(FILES, tag));
  const file = tag === undefined || loaded.has(tag) ? undefined : FILES[tag];
  if (tag === undefined || !file) return undefined;
  const begun = loading.get(tag) ?? fetchWords(tag, file);
  loading.set(tag, begun);
  return begun;
}

async function fetchWords(tag: string, file: () => Promise<{ readonly default: Messages }>) {
  try {
    loaded.set(tag, (await file()).default);
  } catch (cause) {
    console.warn(`creditpack: the words for "${tag}" could not be loaded.`, cause);
  } finally {
    loading.delete(tag);
  }
}

/** The words for `locale` that are there, best first: each tag's registered ones, then ours. */
export function layersFor(locale: string): readonly Layer[] {
  return fallbackTags(locale).flatMap((tag) =>
    [registered.get(tag), loaded.get(tag)].flatMap((messages) =>
      messages ? [{ tag, messages }] : [],
    ),
  );
}

const RIGHT_TO_LEFT = new Set(["Adlm", "Arab", "Hebr", "Nkoo", "Rohg", "Syrc", "Thaa"]);

/** The direction that `locale` is written in. */
export function directionOf(locale: string): "ltr" | "rtl" {
  const { script } = new Intl.Locale(cleanLocale(locale)).maximize();
  return RIGHT_TO_LEFT.has(script ?? "") ? "rtl" : "ltr";
}
