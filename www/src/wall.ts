import { type Card, type CardActions, card } from "./card/card.ts";
import type { Work } from "./work.ts";

/** The list of works, newest first. */
export class Wall {
  readonly #cards = new Map<string, Card>();

  constructor(
    private readonly list: HTMLElement,
    private readonly empty: HTMLElement,
    private readonly actions: CardActions,
  ) {}

  show(work: Work): void {
    const known = this.#cards.get(work.op);
    if (known) {
      known.update(work);
      return;
    }
    const added = card(work, this.actions);
    this.#cards.set(work.op, added);
    this.list.prepend(added.element);
    this.empty.hidden = true;
  }

  has(op: string): boolean {
    return this.#cards.has(op);
  }
}
