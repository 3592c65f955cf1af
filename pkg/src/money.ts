/** An amount in minor units with the number of digits those units have behind the point. */
export interface Money {
  readonly amountMinor: number;
  /** ISO 4217 code in either case. */
  readonly currency: string;
  /** From the rulebook's own table, never from `Intl`, whose digits differ from a provider's. */
  readonly digits: number;
}

/**
 * `money` as a buyer in `locale` reads it: `1200` minor units of `usd` with 2 digits is `$12.00`.
 * A locale or currency that `Intl` refuses gives plain `12.00 USD`; it never throws.
 */
export function formatMoney({ amountMinor, currency, digits }: Money, locale?: string): string {
  const amount = decimal(amountMinor, digits);
  try {
    const format = new Intl.NumberFormat(locale, {
      style: "currency",
      currency,
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    });
    return format.format(amount as `${number}`);
  } catch {
    return `${amount} ${currency.toUpperCase()}`;
  }
}

/** Decimal text without going through a float: 1205 with 2 digits is `12.05`. */
function decimal(amountMinor: number, digits: number): string {
  const sign = amountMinor < 0 ? "-" : "";
  const text = String(Math.abs(amountMinor)).padStart(digits + 1, "0");
  const whole = text.slice(0, text.length - digits);
  return digits === 0 ? sign + text : `${sign}${whole}.${text.slice(-digits)}`;
}
