import type { Words } from "../messages.js";
import type { Happening, Snapshot } from "../snapshot.js";

/** How a note is coloured; the words say the same. */
export type Tone = "quiet" | "busy" | "good" | "warn" | "bad";

/** The few words beneath the number. */
export interface Note {
  readonly text: string;
  readonly tone: Tone;
}

/** Credits set aside: for work that runs, and for spends on their way. */
export function inUse(snapshot: Snapshot): number {
  return snapshot.held + snapshot.pending;
}

/** Work that came to nothing: it ended, or was refused for another reason than the balance. */
export function isNotCharged({ key, reason }: Happening): boolean {
  return key === "returned" || (key === "declined" && reason !== "insufficient_credits");
}

/**
 * What most needs saying: trouble first, then what happened just now (`recent`), then credits on
 * their way in, credits in use, and how much is left.
 */
export function noteFor(snapshot: Snapshot, recent: Happening | undefined, words: Words): Note {
  return (
    trouble(snapshot, words) ??
    news(recent, words) ??
    movement(snapshot, words) ?? {
      text: words("noteIdle", { n: snapshot.shown }),
      tone: "quiet",
    }
  );
}

/** The longest notes, for keeping a place that no note outgrows. */
export function widestNotes(words: Words): readonly string[] {
  const n = 88;
  return [
    words("adding", { n }),
    words("inUse", { n }),
    words("noteIdle", { n }),
    words("noteReturned"),
    words("noteGranted", { n }),
    words("noteDeclined"),
    words("noteTaken", { n }),
    words("noteLow"),
    words("noteUnknown"),
    words("noteStale"),
    words("noteOffline"),
    words("noteOvercommitted"),
    words("noteFault"),
    words("buyCredits"),
  ];
}

function trouble({ phase }: Snapshot, words: Words): Note | undefined {
  if (phase === "offline") return { text: words("noteOffline"), tone: "warn" };
  if (phase === "stale") return { text: words("noteStale"), tone: "quiet" };
  if (phase === "overcommitted") return { text: words("noteOvercommitted"), tone: "bad" };
  if (phase === "unknown") return { text: words("noteUnknown"), tone: "busy" };
  return undefined;
}

function news(recent: Happening | undefined, words: Words): Note | undefined {
  if (!recent) return undefined;
  const n = recent.credits;
  if (isNotCharged(recent)) return { text: words("noteReturned"), tone: "good" };
  switch (recent.key) {
    case "granted":
      return { text: words("noteGranted", { n }), tone: "good" };
    case "declined":
      return { text: words("noteDeclined"), tone: "warn" };
    case "taken":
      return { text: words("noteTaken", { n }), tone: "bad" };
    case "spent":
      return { text: words("noteSpent", { n }), tone: "quiet" };
    default:
      return undefined;
  }
}

function movement(snapshot: Snapshot, words: Words): Note | undefined {
  const used = inUse(snapshot);
  if (snapshot.incoming > 0) {
    return { text: words("adding", { n: snapshot.incoming }), tone: "busy" };
  }
  if (used > 0) return { text: words("inUse", { n: used }), tone: "busy" };
  if (snapshot.level === "empty") return { text: words("buyCredits"), tone: "warn" };
  if (snapshot.level === "low") return { text: words("noteLow"), tone: "warn" };
  return undefined;
}
