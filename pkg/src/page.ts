/** What a page tells the client about itself. */
export interface PageObserver {
  online(yes: boolean): void;
  /** A present page is looked at again. */
  seen(): void;
  /** The page is on its way out, or about to be frozen. */
  away(): void;
  /** It is back: from the back/forward cache, or out of a freeze. */
  back(): void;
}

/**
 * Reports the page's connection and its comings and goings until the returned function is called.
 * A worker has a connection only; Node reports nothing.
 *
 * A hidden tab keeps its stream: its work goes on and its spends settle. Only a page on its way
 * out (`pagehide`) or about to be frozen closes it, so that the browser may keep the page in its
 * back/forward cache and another tab may lead; each return takes a fresh look, since a machine that
 * slept has a stream that looks open and is dead.
 */
export function watchPage(observer: PageObserver): () => void {
  if (typeof addEventListener === "undefined") return () => {};
  const stop = new AbortController();
  const on = (target: EventTarget, type: string, react: (event: Event) => void) =>
    target.addEventListener(type, react, { signal: stop.signal });

  on(globalThis, "online", () => observer.online(true));
  on(globalThis, "offline", () => observer.online(false));
  if (globalThis.navigator?.onLine === false) observer.online(false);
  if (typeof window === "undefined") return () => stop.abort();
  let present = true;
  const away = () => {
    present = false;
    observer.away();
  };
  const back = () => {
    present = true;
    observer.back();
  };
  on(window, "pagehide", away);
  on(window, "pageshow", (event) => {
    if ((event as PageTransitionEvent).persisted) back();
  });
  on(document, "freeze", away);
  on(document, "resume", back);
  // A page out of the cache is seen before it is shown.
  on(document, "visibilitychange", () => {
    if (present && document.visibilityState === "visible") observer.seen();
  });
  return () => stop.abort();
}
