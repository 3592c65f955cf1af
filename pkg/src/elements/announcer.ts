import type { Credits } from "../client.js";
import type { Words } from "../messages.js";
import type { Happening, Snapshot } from "../snapshot.js";
import { adopt, h } from "./dom.js";
import { watchLevel } from "./level.js";
import { isNotCharged } from "./note.js";

/** News within this time is read out together. */
const GATHER_MS = 1000;
/** A read text is taken away again, so that nobody finds old news by browsing the page. */
const KEEP_MS = 10_000;

const HIDDEN = `:host {
  position: absolute; inline-size: 1px; block-size: 1px;
  overflow: hidden; clip-path: inset(50%); white-space: nowrap;
}`;

let region: HTMLElement | undefined;
const announced = new WeakMap<Credits, { speakers: Set<() => Words>; stop: () => void }>();

/**
 * Reads the news of `credits` to screen readers, politely and once, however many elements show
 * them, in the words that `words` gives then. Only what is confirmed: a spend on its way is not
 * announced.
 */
export function announce(credits: Credits, words: () => Words): () => void {
  const known = announced.get(credits) ?? begin(credits);
  known.speakers.add(words);
  return () => {
    known.speakers.delete(words);
    if (known.speakers.size > 0) return;
    known.stop();
    announced.delete(credits);
  };
}

function begin(credits: Credits) {
  const speakers = new Set<() => Words>();
  // A live region must be there, and empty, before its first text.
  const target = liveRegion();
  const stop = gather(credits, (news) => {
    const words = speakers.values().next().value?.();
    if (words) read(target, sentences(news, credits, words), words);
  });
  const begun = { speakers, stop };
  announced.set(credits, begun);
  return begun;
}

/** What happened within {@link GATHER_MS}. */
export interface News {
  readonly happenings: readonly Happening[];
  readonly level: "low" | "empty" | undefined;
  /** Something happened that this page was not told: only the balance can be said of it. */
  readonly missed: boolean;
}

/** Hands the news of `credits` to `tell`, a second's worth at a time, until it is stopped. */
export function gather(credits: Credits, tell: (news: News) => void): () => void {
  const levelOf = watchLevel();
  levelOf(credits.getSnapshot());
  let heard = credits.getSnapshot().happened?.serial;
  let happenings: Happening[] = [];
  let level: News["level"];
  let missed = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const speak = () => {
    const news = { happenings, level, missed };
    [happenings, level, missed, timer] = [[], undefined, false, undefined];
    tell(news);
  };
  const stop = credits.subscribe(() => {
    const snapshot = credits.getSnapshot();
    const { happened } = snapshot;
    const fell = levelOf(snapshot).at(-1);
    const isNews = happened !== undefined && happened.serial !== heard;
    if (isNews) {
      missed ||= heard !== undefined && happened.serial > heard + 1;
      happenings.push(happened);
      heard = happened.serial;
    }
    level = fell ?? (snapshot.level === "ok" ? undefined : level);
    if (isNews || fell) timer ??= setTimeout(speak, GATHER_MS);
  });
  return () => {
    stop();
    clearTimeout(timer);
  };
}

/** `news` in sentences; what happened several times is told once, with its sum. */
export function sentences(news: News, credits: Credits, words: Words): string {
  const snapshot = credits.getSnapshot();
  const told = summed(news.happenings).map((one) => describe(one, snapshot, credits, words));
  if (news.missed) told.push(words("available", { n: confirmed(snapshot) }));
  if (news.level) told.push(words(news.level));
  return [...new Set(told)].join(" ");
}

/** One of each kind, in the order of their last: an operation, and why it came back, are kinds. */
function summed(happenings: readonly Happening[]): readonly Happening[] {
  const byKind = new Map<string, Happening>();
  for (const happened of happenings) {
    const { key, operation, reason } = happened;
    const kind = isNotCharged(happened) ? [key, operation, reason].join() : key;
    const credits = happened.credits + (byKind.get(kind)?.credits ?? 0);
    byKind.delete(kind);
    byKind.set(kind, { ...happened, credits });
  }
  return [...byKind.values()];
}

/** What happened, in a sentence. */
function describe(happened: Happening, snapshot: Snapshot, credits: Credits, words: Words): string {
  const { key, credits: n } = happened;
  if (key === "returned" || isNotCharged(happened)) return describeReturn(happened, credits, words);
  return words(key, { n, left: confirmed(snapshot) });
}

/** What is left whatever becomes of spends on their way. */
function confirmed({ available }: Snapshot): number {
  return Math.max(available, 0);
}

/** By a release's reason or a refusal's code. */
const RETURN_WORDS = {
  cancelled: "returnedCancelled",
  invalid_output: "returnedInvalid",
  expired: "returnedExpired",
  op_too_old: "returnedExpired",
} as const;

function describeReturn(happened: Happening, credits: Credits, words: Words): string {
  const known = credits.operations().find(({ id }) => id === happened.operation);
  const operation = known?.label ?? words("work");
  const reason = happened.reason as keyof typeof RETURN_WORDS;
  const otherwise = happened.key === "declined" ? "returnedRefused" : "returnedFailed";
  return words(RETURN_WORDS[reason] ?? otherwise, { operation });
}

function read(target: HTMLElement, text: string, { lang, dir }: Words): void {
  const line = h("div", { lang, dir }, text);
  target.append(line);
  setTimeout(() => line.remove(), KEEP_MS);
}

function liveRegion(): HTMLElement {
  if (region?.isConnected) return region;
  region = h("div", { "aria-live": "polite" });
  // The page's styles, and its scripts that look for text, stay out of a shadow root.
  const host = document.createElement("credit-announcer");
  const root = host.attachShadow({ mode: "open" });
  adopt(root, HIDDEN);
  root.append(region);
  document.body.append(host);
  return region;
}
