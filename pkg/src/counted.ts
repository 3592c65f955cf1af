import { cleanLocale, fittingByLocale } from "./locale.js";

/** A counted text per plural form; `{n}` in it is the number. */
export type CountedForms = Readonly<Partial<Record<Intl.LDMLPluralRule, string>>>;

/** "One picture, so many pictures" per language tag, as a catalog has it. */
export type Counted = Readonly<Record<string, CountedForms>>;

/**
 * So many of something, as a buyer in `locale` reads it: "15 pictures" by the catalog's own words
 * for the exact language, its base or English, in that language's plural form; without them
 * "15 × Picture". A tag that is none is English; it never throws.
 */
export function countOf(
  label: string,
  counted: Counted | null | undefined,
  n: number,
  locale: string,
): string {
  const number = new Intl.NumberFormat(cleanLocale(locale)).format(n);
  for (const { tag, value } of fittingByLocale(counted ?? {}, locale)) {
    const text = value[new Intl.PluralRules(tag).select(n)] ?? value.other;
    if (text) return text.replaceAll("{n}", () => number);
  }
  return `${number} × ${label}`;
}
