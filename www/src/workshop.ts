import { type Credits, type Entry, isCreditError } from "creditpack";
import type { OperationId } from "../shared/api.ts";
import { type Running, start } from "./bench.ts";
import type { Notices } from "./notices.ts";
import type { Shelf } from "./shelf.ts";
import type { Wall } from "./wall.ts";
import type { Work } from "./work.ts";

export interface WorkshopParts {
  client: Credits;
  wall: Wall;
  shelf: Shelf;
  notices: Notices;
  /** Called when a work is refused because it costs more than there is. */
  onShort(): void;
  /** Called when a work has come to its end. */
  onEnd(): void;
}

/** Works begun, ended and remembered. */
export class Workshop {
  readonly #parts: WorkshopParts;
  readonly #running = new Map<string, Running>();

  constructor(parts: WorkshopParts) {
    this.#parts = parts;
    this.#showKept();
    parts.shelf.onChange(() => this.#showKept());
  }

  begin(operation: OperationId, prompt: string): void {
    try {
      const running = start(this.#parts.client, operation, prompt, (work) => this.#follow(work));
      this.#running.set(running.op, running);
    } catch (error) {
      this.#refused(error);
    }
  }

  stop(op: string): void {
    this.#running.get(op)?.stop();
  }

  /**
   * Settles kept works whose end this page did not witness, such as one made just before the
   * buyer left for the checkout. `entries` are newest first.
   */
  reconcile(entries: readonly Entry[]): void {
    for (const work of this.#parts.shelf.works()) {
      const end = work.fate ? undefined : entries.find(({ op }) => op === work.op);
      if (end?.kind === "capture") this.#keep({ ...work, fate: { spent: end.credits } });
      if (end?.kind === "release") this.#keep({ ...work, fate: { spent: 0 } });
    }
  }

  #follow(work: Work): void {
    this.#parts.wall.show(work);
    if (work.stage === "working") return;
    this.#keep(work);
    if (this.#running.delete(work.op)) this.#parts.onEnd();
  }

  #keep(work: Work): void {
    this.#parts.shelf.keep(work);
    this.#parts.wall.show(work);
  }

  #showKept(): void {
    for (const work of this.#parts.shelf.works()) this.#parts.wall.show(work);
  }

  #refused(error: unknown): void {
    if (!isCreditError(error)) throw error;
    if (error.code === "insufficient_credits") {
      this.#parts.onShort();
    } else {
      const text = REFUSALS[error.code] ?? error.message;
      this.#parts.notices.show({ text, tone: "bad", passing: true });
    }
  }
}

const REFUSALS: Record<string, string> = {
  not_ready: "Your credits are still being fetched. One moment.",
  overcommitted: "Credits were spent elsewhere just now. One moment.",
};
