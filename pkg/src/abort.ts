/** Who waits for a signal, by signal. */
const waiting = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls `react`, a function of this wait's own, when `signal` aborts, at once if it has; the returned
 * function ends that. However many wait for a signal, it has one listener, and none when nobody waits
 * any more: Node takes more than ten for a leak.
 */
export function onAbort(signal: AbortSignal | undefined, react: () => void): () => void {
  if (signal?.aborted) react();
  if (!signal || signal.aborted) return () => {};
  const all = waiting.get(signal) ?? new Set();
  waiting.set(signal, all);
  if (all.size === 0) signal.addEventListener("abort", tell);
  all.add(react);
  return () => {
    if (all.delete(react) && all.size === 0) signal.removeEventListener("abort", tell);
  };
}

function tell({ target }: Event): void {
  for (const react of [...(waiting.get(target as AbortSignal) ?? [])]) react();
}
