/**
 * `tag` in the form `Intl` takes, or `en` when it is no language tag: `en_US` and an empty `lang`
 * attribute are common in pages and make `Intl` throw.
 */
export function cleanLocale(tag: string | undefined | null): string {
  try {
    return Intl.getCanonicalLocales((tag ?? "").trim().replaceAll("_", "-"))[0] ?? "en";
  } catch {
    return "en";
  }
}

/** The page's language: `<html lang>`, else the browser's first, else English. */
export function pageLocale(): string {
  const declared = globalThis.document?.documentElement.lang;
  return cleanLocale(declared || globalThis.navigator?.language);
}

/** What to look for in the order to look: `pt-BR` gives `pt-br`, `pt`, `en`. All lower case. */
export function fallbackTags(locale: string): readonly string[] {
  const parts = cleanLocale(locale).toLowerCase().split("-");
  const shorter = parts.map((_, dropped) => parts.slice(0, parts.length - dropped).join("-"));
  return [...new Set([...shorter, "en"])];
}

/**
 * The entries of `byLocale` that fit `locale`, best first: exact, then its shorter forms, then
 * English. Each with its tag in lower case, in a form that `Intl` takes.
 */
export function fittingByLocale<T>(
  byLocale: Readonly<Record<string, T>>,
  locale: string,
): readonly { readonly tag: string; readonly value: T }[] {
  const entries = Object.entries(byLocale);
  const known = new Map(entries.map(([tag, value]) => [cleanLocale(tag).toLowerCase(), value]));
  return fallbackTags(locale).flatMap((tag) => {
    const value = known.get(tag);
    return value === undefined ? [] : [{ tag, value }];
  });
}

/** The entry of `byLocale` that fits `locale` best, and if none does, whatever comes first. */
export function pickByLocale<T>(
  byLocale: Readonly<Record<string, T>>,
  locale: string,
): T | undefined {
  const [best] = fittingByLocale(byLocale, locale);
  return best ? best.value : Object.values(byLocale)[0];
}
