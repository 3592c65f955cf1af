/** Who waits for a signal, by signal. */
const waiting = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls `react` when `signal` aborts, at once if it has; the returned function ends that. However
 * many wait for a signal, it has one listener, and none when nobody waits any more: Node takes more
 * than ten for a leak.
 */
export function onAbort(signal: AbortSignal | undefined, react: () => void): () => void {
  if (signal?.aborted) react();
  if (!signal || signal.aborted) return () => {};
  const all = waiting.get(signal) ?? new Set();
  waiting.set(signal, all);
  if (all.size === 0) signal.addEventListener("abort", tell);
  // One function may wait twice: each wait is one of its own.
  const wait = () => react();
  all.add(wait);
  return () => {
    if (all.delete(wait) && all.size === 0) signal.removeEventListener("abort", tell);
  };
}

function tell({ target }: Event): void {
  for (const react of [...(waiting.get(target as AbortSignal) ?? [])]) react();
}
