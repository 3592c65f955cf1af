import { readFileSync } from "node:fs";
import { expect, test } from "@playwright/test";

interface Currency {
  readonly currency: string;
  /** ISO 4217's, by which amounts are counted. */
  readonly digits: number;
  /** What some release of Intl shows instead. */
  readonly intl_digits?: number;
}

const VECTORS = new URL("../vectors/currencies.json", import.meta.url);
const { cases } = JSON.parse(readFileSync(VECTORS, "utf8")) as { cases: Currency[] };

test("the browser's digits differ from ISO 4217 only where we know it", async ({ page }) => {
  const shown = await page.evaluate(
    (codes) =>
      codes.map((currency) => {
        const format = new Intl.NumberFormat("en", { style: "currency", currency });
        return format.resolvedOptions().maximumFractionDigits;
      }),
    cases.map(({ currency }) => currency),
  );
  for (const [at, { currency, digits, intl_digits }] of cases.entries()) {
    expect([digits, intl_digits], currency).toContain(shown[at]);
  }
});
