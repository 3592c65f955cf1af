import type { Credits } from "creditpack";
import { rank, repeat, type Times, within } from "../times.js";
import { fund, grant, OPERATION, open, type World } from "./world.js";

const PENDING = 10_000;
const ADVANCES = 50;
/** So many of the last spends are looked at. */
const SPENDS = 1_000;
/** So many spends at a time: the page's storage keeps up with a buyer, not with a loop. */
const BATCH = 10;

/** The client with very many spends of its own whose fate is open. */
export interface Crowded {
  /** From the moment an entry's bytes are read until a subscriber is told of the new base. */
  readonly advance: Times;
  /** From `spend()` until a subscriber is told, with all the others pending. */
  readonly notice: Times;
}

/**
 * The client's own stream brings real entries of the real backend, while holds go unanswered: the
 * site takes them and keeps silent, as an overloaded backend does. So 10,000 spends stay pending
 * without anything of the client being replaced.
 */
export async function measureCrowded(world: World): Promise<Crowded> {
  const account = await fund(world, 3 * PENDING);
  const reads = watchReads();
  const credits = await open(world, account, `${world.site}/mute`);
  try {
    const notices_ms: number[] = [];
    while (notices_ms.length < PENDING) {
      for (let at = 0; at < BATCH; at += 1) notices_ms.push(spend(credits));
      await new Promise((resolve) => setTimeout(resolve));
    }
    const advances_ms = await repeat(ADVANCES, () => advance(world, account, credits, reads));
    return { advance: rank(advances_ms), notice: rank(notices_ms.slice(-SPENDS)) };
  } finally {
    reads.stop();
    credits.close();
  }
}

function spend(credits: Credits): number {
  let told_at = Number.NaN;
  const stop = credits.subscribe(() => {
    told_at = performance.now();
  });
  const called_at = performance.now();
  credits.spend(OPERATION);
  stop();
  return told_at - called_at;
}

async function advance(
  world: World,
  account: string,
  credits: Credits,
  reads: Reads,
): Promise<number> {
  const before = credits.getSnapshot();
  let stop = () => {};
  const told = new Promise<number>((resolve) => {
    stop = credits.subscribe(() => {
      if (credits.getSnapshot().version > before.version) resolve(performance.now());
    });
  });
  const granted = grant(world, account, 1);
  const told_at = await within(10_000, "entry on the stream", told);
  stop();
  await granted;
  const { shown, spends } = credits.getSnapshot();
  if (spends.length < PENDING) throw new Error(`only ${spends.length} spends are pending`);
  if (shown !== before.shown + 1) throw new Error(`${shown} is shown after ${before.shown} and 1`);
  return told_at - reads.last_at();
}

/** When an entry's bytes were last read from the account's stream. */
interface Reads {
  last_at(): number;
  stop(): void;
}

/** Looks on as answers are read: the client's first work on an entry comes after this moment. */
function watchReads(): Reads {
  const { prototype } = ReadableStreamDefaultReader;
  const { read } = prototype;
  let last_at = Number.NaN;
  prototype.read = async function watched(this: ReadableStreamDefaultReader) {
    const chunk = await read.call(this);
    const now = performance.now();
    if (tellsEntry(chunk.value)) last_at = now;
    return chunk;
  };
  return {
    last_at: () => last_at,
    stop: () => {
      prototype.read = read;
    },
  };
}

function tellsEntry(bytes: unknown): boolean {
  return bytes instanceof Uint8Array && new TextDecoder().decode(bytes).includes("event: entry");
}
