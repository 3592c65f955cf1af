/** What was measured of one thing, in milliseconds. */
export interface Times {
  readonly p50_ms: number;
  readonly p99_ms: number;
  readonly samples: number;
}

/** The ranks of some measured times; the nearest one that was really measured, never between two. */
export function rank(measured_ms: readonly number[]): Times {
  const sorted = [...measured_ms].sort((one, other) => one - other);
  const at = (share: number) => sorted[Math.max(Math.ceil(sorted.length * share) - 1, 0)];
  const [p50_ms, p99_ms] = [at(0.5), at(0.99)];
  if (p50_ms === undefined || p99_ms === undefined) throw new Error("nothing was measured");
  return { p50_ms, p99_ms, samples: sorted.length };
}

/**
 * Measures `times` runs after a tenth as many that do not count: an engine compiles what it meets
 * often, and no buyer's page is the first to run a function.
 */
export async function repeat(times: number, once: () => Promise<number>): Promise<number[]> {
  for (let at = 0; at < times / 10; at += 1) await once();
  const measured_ms: number[] = [];
  for (let at = 0; at < times; at += 1) measured_ms.push(await once());
  return measured_ms;
}

/** Rejects with what did not come, so that a run ends with words instead of never. */
export function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no ${what} within ${ms} ms`)), ms);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
