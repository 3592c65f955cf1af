/**
 * A body of the wire (`snake_case` keys) as a plain object of this package (`camelCase` keys), all
 * the way down. Values are left alone; the backend's words, such as states and codes, stay as sent.
 */
export function fromWire(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fromWire);
  if (typeof value !== "object" || value === null) return value;
  const pairs = Object.entries(value).map(([key, inner]) => [camel(key), fromWire(inner)]);
  return Object.fromEntries(pairs);
}

function camel(key: string): string {
  return key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
