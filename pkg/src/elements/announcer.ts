import type { Credits } from "../client.js";
import type { Words } from "../messages.js";
import type { Happening, Snapshot } from "../snapshot.js";
import { adopt, h } from "./dom.js";

/** News within this time is read out together. */
const GATHER_MS = 1000;
/** A read text is taken away again, so that nobody finds old news by browsing the page. */
const KEEP_MS = 10_000;

const HIDDEN = `:host {
  position: absolute; inline-size: 1px; block-size: 1px;
  overflow: hidden; clip-path: inset(50%); white-space: nowrap;
}`;

let region: HTMLElement | undefined;
const announced = new WeakMap<Credits, { users: number; stop: () => void }>();

/**
 * Reads the news of `credits` to screen readers, politely and once, however many elements show
 * them. Only what is confirmed: a spend on its way is not announced.
 */
export function announce(credits: Credits, words: Words): () => void {
  const known = announced.get(credits) ?? { users: 0, stop: follow(credits, words) };
  known.users += 1;
  announced.set(credits, known);
  return () => {
    known.users -= 1;
    if (known.users > 0) return;
    known.stop();
    announced.delete(credits);
  };
}

function follow(credits: Credits, words: Words): () => void {
  // A live region must be there, and empty, before its first text.
  const target = liveRegion();
  let heard = credits.getSnapshot().happened?.serial;
  let gathered: string[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const speak = () => {
    const line = h("div", {}, gathered.join(" "));
    gathered = [];
    timer = undefined;
    target.append(line);
    setTimeout(() => line.remove(), KEEP_MS);
  };
  const stop = credits.subscribe(() => {
    const snapshot = credits.getSnapshot();
    const { happened } = snapshot;
    if (!happened || happened.serial === heard) return;
    heard = happened.serial;
    const text = describe(happened, snapshot, credits, words);
    gathered = [...gathered.filter((earlier) => earlier !== text), text];
    timer ??= setTimeout(speak, GATHER_MS);
  });
  return () => {
    stop();
    clearTimeout(timer);
  };
}

/** What happened, in a sentence. */
export function describe(
  happened: Happening,
  snapshot: Snapshot,
  credits: Credits,
  words: Words,
): string {
  const n = happened.credits;
  const left = snapshot.shown;
  switch (happened.key) {
    case "returned":
      return describeReturn(happened, credits, words);
    case "low":
      return words("low", { n: left });
    case "spent":
    case "granted":
      return words(happened.key, { n, left });
    default:
      return words(happened.key, { n });
  }
}

const RETURN_WORDS = {
  cancelled: "returnedCancelled",
  invalid_output: "returnedInvalid",
  expired: "returnedExpired",
} as const;

function describeReturn(happened: Happening, credits: Credits, words: Words): string {
  const known = credits.operations().find(({ id }) => id === happened.operation);
  const operation = known?.label ?? words("work");
  const reason = happened.reason as keyof typeof RETURN_WORDS;
  return words(RETURN_WORDS[reason] ?? "returnedFailed", { operation });
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
