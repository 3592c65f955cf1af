/** What a page tells the client about itself. */
export interface PageObserver {
  online(yes: boolean): void;
  visible(yes: boolean): void;
  /** The page is on its way out, or is back: from the back/forward cache, or out of a freeze. */
  present(yes: boolean): void;
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
  on(window, "pagehide", () => observer.present(false));
  on(window, "pageshow", (event) => {
    if ((event as PageTransitionEvent).persisted) observer.present(true);
  });
  on(document, "freeze", () => observer.present(false));
  on(document, "resume", () => observer.present(true));
  on(document, "visibilitychange", () => {
    if (document.visibilityState === "visible") observer.visible(true);
  });
  return () => stop.abort();
}
