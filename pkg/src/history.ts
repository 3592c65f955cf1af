import { fromWire } from "./casing.js";
import type { Send } from "./purchases.js";

/** One immutable line of the account's ledger, with the balances after it. Whole credits. */
export interface Entry {
  readonly version: number;
  readonly kind:
    | "grant"
    | "hold"
    | "debit"
    | "capture"
    | "release"
    | "refund"
    | "clawback"
    | "reinstate"
    | "adjust";
  readonly credits: number;
  readonly settled: number;
  readonly held: number;
  readonly available: number;
  readonly atMs: number;
  readonly op?: string;
  readonly operation?: string;
  /** Of a capture: credits of the hold that came back. */
  readonly returned?: number;
  /** Version of the hold or debit that this entry ends or undoes. */
  readonly appliedVersion?: number;
  readonly expiresAtMs?: number;
  readonly source?: "purchase" | "promotion" | "adjustment";
  readonly purchase?: string;
  readonly owed?: number;
  readonly reason?: string;
  readonly actor?: string;
}

/** The body of `GET /v1/account/history`, as far as this package reads it. */
export interface HistoryPage {
  readonly entries: readonly {
    readonly version: number;
    readonly op?: string;
    readonly applied_version?: number;
  }[];
  readonly next_before: number | null;
}

const PAGE_SIZE = 100;

/** Entries of `account`, newest first, at most `limit`; pages are fetched as they are reached. */
export async function* readHistory(
  send: Send,
  account: string,
  limit: number = Number.POSITIVE_INFINITY,
): AsyncGenerator<Entry, void, void> {
  for await (const { entries } of readPages(send, account, limit)) {
    for (const entry of entries) yield fromWire(entry) as Entry;
  }
}

/** The history as the backend sends it, newest first, until `limit` entries were read. */
export async function* readPages(
  send: Send,
  account: string,
  limit: number = Number.POSITIVE_INFINITY,
): AsyncGenerator<HistoryPage, void, void> {
  let before: number | null | undefined;
  for (let left = limit; left > 0 && before !== null; ) {
    const query = new URLSearchParams({ account, limit: String(Math.min(left, PAGE_SIZE)) });
    if (before !== undefined) query.set("before", String(before));
    const page = (await send("GET", `/v1/account/history?${query}`)) as HistoryPage;
    yield page;
    left -= page.entries.length;
    before = page.next_before;
  }
}
