import type { Credits } from "../client.js";
import type { Messages } from "../messages.js";

/** An element that lends its client to those inside it. */
export interface CreditSource extends HTMLElement {
  readonly credits: Credits | undefined;
  readonly messages: Partial<Messages> | undefined;
}

/** In the order they came; more than one on a page is rare. */
const sources = new Set<CreditSource>();
const watchers = new Set<() => void>();

/** Offers `source` until the returned function is called. */
export function provide(source: CreditSource): () => void {
  sources.add(source);
  sourcesChanged();
  return () => {
    sources.delete(source);
    sourcesChanged();
  };
}

/** To be called when a source has another client. */
export function sourcesChanged(): void {
  for (const watcher of [...watchers]) watcher();
}

/** Calls `watcher` whenever {@link findSource} may find another. */
export function watchSources(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => void watchers.delete(watcher);
}

/** The source around `element`, also from inside shadow roots; else the page's first. */
export function findSource(element: Element): CreditSource | undefined {
  for (let at: Element | null = element; at; at = hostOf(at)) {
    const around = at.closest("credit-provider") as CreditSource | null;
    if (around && sources.has(around)) return around;
  }
  return sources.values().next().value;
}

function hostOf(element: Element): Element | null {
  const root = element.getRootNode();
  return root instanceof ShadowRoot ? root.host : null;
}
