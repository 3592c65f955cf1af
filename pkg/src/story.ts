import type { HistoryPage } from "./history.js";
import type { Words } from "./messages.js";
import type { OperationOffer } from "./offers.js";

/** One line of an account's history: a spend and what became of it, or credits in or out. */
export interface Story {
  readonly key:
    | "bought"
    | "granted"
    | "taken"
    | "reinstated"
    | "running"
    | "spent"
    | "partly_spent"
    | "returned"
    | "refunded";
  /** Whole credits it was about. */
  readonly credits: number;
  /** How many of them are spent. */
  readonly spent: number;
  /** How many of them came back. */
  readonly returned: number;
  readonly op?: string;
  readonly operation?: string;
  readonly purchase?: string;
  /** Why: `failed`, `cancelled`, `invalid_output`, `expired`, or a person's words. */
  readonly reason?: string;
  /** When it began, Unix milliseconds. */
  readonly atMs: number;
  /** When it ended; absent while the work runs. */
  readonly endedAtMs?: number;
  /** The version of its latest entry. */
  readonly version: number;
}

type Line = HistoryPage["entries"][number];

/**
 * The stories of `pages`, newest first, at most `limit`, as `tell` (the rulebook) tells them. A
 * story whose beginning is on a later page waits for one more page, no longer: a refund of last
 * year's work must not fetch a year.
 */
export async function* tellStories(
  pages: AsyncIterable<HistoryPage>,
  tell: (entries: readonly Line[]) => readonly Story[],
  limit: number = Number.POSITIVE_INFINITY,
): AsyncGenerator<Story, void, void> {
  const toldOps = new Set<string>();
  let open: readonly Line[] = [];
  let left = limit;
  if (left <= 0) return;
  for await (const { entries, next_before } of pages) {
    const waited = new Set(open.map(({ version }) => version));
    open = [...open, ...entries.filter(({ op }) => op === undefined || !toldOps.has(op))];
    const oldest = next_before === null ? 0 : (entries.at(-1)?.version ?? 0);
    const latest = new Map(open.map((line) => [line.version, line]));
    const told = new Set<number>();
    for (const story of tell(open)) {
      const beganAt = latest.get(story.version)?.applied_version ?? story.version;
      if (beganAt < oldest && !waited.has(story.version)) break;
      yield story;
      left -= 1;
      if (left <= 0) return;
      told.add(story.version);
      if (story.op !== undefined) toldOps.add(story.op);
    }
    open = open.filter(({ op, version }) => !(op ? toldOps.has(op) : told.has(version)));
  }
}

const REASONS = {
  failed: "reasonFailed",
  cancelled: "reasonCancelled",
  invalid_output: "reasonInvalid",
  expired: "reasonExpired",
} as const;

/**
 * `story` in a line, such as "Picture, 1 credit, returned: it could not be finished". `operations`
 * name what was done; a person's `reason` is left to whoever shows the line.
 */
export function storyLine(
  story: Story,
  words: Words,
  operations: readonly Pick<OperationOffer, "id" | "label">[],
): string {
  const { credits: n, spent, returned } = story;
  const known = operations.find(({ id }) => id === story.operation);
  const operation = known?.label ?? story.operation ?? words("work");
  const values = { n, spent, returned, operation, credits: words("credits", { n }) };
  switch (story.key) {
    case "bought":
      return words("storyBought", values);
    case "granted":
      return words("storyGranted", values);
    case "taken":
      return words("storyTaken", values);
    case "reinstated":
      return words("storyReinstated", values);
    case "running":
      return words("storyRunning", values);
    case "spent":
      return words("storySpent", values);
    case "partly_spent":
      return words("storyPartlySpent", values);
    case "refunded":
      return words(spent > 0 ? "storyPartlyRefunded" : "storyRefunded", values);
    case "returned": {
      const reason = REASONS[story.reason as keyof typeof REASONS];
      if (!reason) return words("storyReturned", values);
      return words("storyReturnedBecause", { ...values, reason: words(reason) });
    }
  }
}
