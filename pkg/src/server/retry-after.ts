/**
 * How long an answer asks to be left alone, in milliseconds: so many seconds, or until a date, which
 * is read by the clock of whoever answered, if the answer tells it. Undefined if it asks for nothing,
 * or in a way that cannot be read.
 */
export function retryAfterMs(headers: Headers): number | undefined {
  const asked = headers.get("retry-after")?.trim();
  if (!asked) return undefined;
  if (/^\d+$/.test(asked)) return Number(asked) * 1000;
  const told = Date.parse(headers.get("date") ?? "");
  const leftMs = Date.parse(asked) - (Number.isNaN(told) ? Date.now() : told);
  return leftMs > 0 ? leftMs : undefined;
}
