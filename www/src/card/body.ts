import type { Work } from "../work.ts";

/** The part of a card that shows the work itself. */
export interface Body {
  readonly element: HTMLElement;
  update(work: Work): void;
}
