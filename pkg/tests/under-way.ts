import { vi } from "vitest";

/** From now on, how many requests to paths that end so were under way at once, at most. */
export function watchUnderWay(end: string): () => number {
  const { fetch } = globalThis;
  let underWay = 0;
  let most = 0;
  vi.stubGlobal("fetch", async (...asked: Parameters<typeof fetch>) => {
    const [input] = asked;
    const { pathname } = new URL(input instanceof Request ? input.url : input);
    if (!pathname.endsWith(end)) return fetch(...asked);
    underWay += 1;
    most = Math.max(most, underWay);
    return fetch(...asked).finally(() => {
      underWay -= 1;
    });
  });
  return () => most;
}
