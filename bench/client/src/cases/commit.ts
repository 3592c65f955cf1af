import { rank, repeat, type Times, within } from "../times.js";
import { fund, grant, open, type World } from "./world.js";

const COMMITS = 200;

/** How long news of a commit takes. Both begin before the command leaves. */
export interface Commit {
  /**
   * Until the number has changed where the buyer reads it. An upper bound: the way of the command
   * through the site to the backend, and the commit itself, are in it, on one clock.
   */
  readonly shown: Times;
  /** The yardstick: until the command's own answer is here. */
  readonly answered: Times;
}

/** A place where a number is shown. */
export interface Display {
  /** Calls `changed` after the shown text has changed; the returned function ends it. */
  watch(changed: () => void): () => void;
  text(): string;
  remove(): void;
}

/** Grants one credit at a time, and waits until each is shown. */
export async function measureCommit(
  world: World,
  display: (credits: Awaited<ReturnType<typeof open>>) => Display,
): Promise<Commit> {
  const account = await fund(world, 1);
  const credits = await open(world, account, world.backend);
  const place = display(credits);
  const answered_ms: number[] = [];
  const once = async () => {
    const before = place.text();
    let stop = () => {};
    const shown = new Promise<number>((resolve) => {
      stop = place.watch(() => {
        if (place.text() !== before) resolve(performance.now());
      });
    });
    const sent_at = performance.now();
    const granted = grant(world, account, 1).then(() => {
      answered_ms.push(performance.now() - sent_at);
    });
    const shown_at = await within(10_000, "change of the number", shown);
    stop();
    await granted;
    return shown_at - sent_at;
  };
  try {
    const shown_ms = await repeat(COMMITS, once);
    return { shown: rank(shown_ms), answered: rank(answered_ms.slice(-COMMITS)) };
  } finally {
    place.remove();
    credits.close();
  }
}
