import type { Entry } from "creditpack";
import { credits, isOperation, NOUN } from "../words.ts";

/** One line of the account's story, in plain words. */
export interface ActivityLine {
  /** Stays the same while the line's story goes on. */
  key: string;
  what: string;
  /** More about it, or "". */
  detail: string;
  /** What it did to the credits, such as "+15" or "−1 +1". */
  change: string;
  tone: "in" | "out" | "back" | "held";
  atMs: number;
}

/**
 * The entries of a ledger, newest first, as lines: a purchase is one line, and so is a spend with
 * all that became of it. A returned credit shows both ways, out and back: hiding the first would
 * leave the reader wondering where the second came from.
 */
export function activityLines(entries: readonly Entry[]): ActivityLine[] {
  const told = new Set<string>();
  const lines: ActivityLine[] = [];
  for (const entry of entries) {
    const { op } = entry;
    if (op !== undefined && entry.kind !== "refund") {
      // The newest entry of an op tells the whole story; its hold lies further down.
      if (told.has(op)) continue;
      told.add(op);
    }
    lines.push(lineOf(entry));
  }
  return lines;
}

function lineOf(entry: Entry): ActivityLine {
  const { kind, op, version, atMs } = entry;
  const key = op !== undefined && kind !== "refund" ? op : `version ${version}`;
  return { key, atMs, detail: "", ...STORIES[kind](entry) };
}

type Story = Pick<ActivityLine, "what" | "change" | "tone"> & { detail?: string };

const STORIES: Record<Entry["kind"], (entry: Entry) => Story> = {
  grant: ({ source, credits: count, reason }) => ({
    what: source === "purchase" ? `Bought ${credits(count)}` : `Received ${credits(count)}`,
    detail: reason ?? (source === "purchase" ? "Payment received" : ""),
    change: plus(count),
    tone: "in",
  }),
  hold: (entry) => ({
    what: noun(entry),
    detail: `${credits(entry.credits)} in use`,
    change: minus(entry.credits),
    tone: "held",
  }),
  debit: (entry) => spent(entry, entry.credits),
  capture: (entry) => spent(entry, entry.credits),
  release: (entry) => ({
    what: noun(entry),
    detail: `${RETURNS[entry.reason ?? ""] ?? "Returned"} · not charged`,
    change: `${minus(entry.credits)} ${plus(entry.credits)}`,
    tone: "back",
  }),
  refund: (entry) => ({
    what: `${noun(entry)} refunded`,
    detail: `${credits(entry.credits)} returned`,
    change: plus(entry.credits),
    tone: "back",
  }),
  clawback: ({ credits: count, reason }) => ({
    what: `${credits(count)} taken back`,
    detail: reason === "dispute" ? "The payment is disputed" : "The payment was refunded",
    change: minus(count),
    tone: "out",
  }),
  reinstate: ({ credits: count }) => ({
    what: `${credits(count)} given back`,
    detail: "The dispute was settled",
    change: plus(count),
    tone: "in",
  }),
  adjust: ({ credits: count, reason }) => ({
    what: `${credits(count)} taken away`,
    detail: reason ?? "",
    change: minus(count),
    tone: "out",
  }),
};

const RETURNS: Record<string, string> = {
  failed: "Failed",
  cancelled: "Stopped",
  invalid_output: "The result was no good",
  expired: "Never finished",
};

function spent(entry: Entry, count: number): Story {
  return {
    what: noun(entry),
    detail: `${credits(count)} spent`,
    change: minus(count),
    tone: "out",
  };
}

function noun({ operation = "" }: Entry): string {
  return isOperation(operation) ? NOUN[operation] : operation;
}

function plus(count: number): string {
  return `+${count}`;
}

function minus(count: number): string {
  return `−${count}`;
}
