import type { Work } from "./work.ts";

const KEPT_MAX = 24;

/**
 * Finished work of one account, kept in this browser so that leaving for the checkout, or
 * reloading, loses nothing. Tabs share it.
 */
export class Shelf {
  readonly #key: string;

  constructor(account: string) {
    this.#key = `studio.works.${account}`;
  }

  /** Oldest first. */
  works(): Work[] {
    try {
      return JSON.parse(localStorage.getItem(this.#key) ?? "[]") as Work[];
    } catch {
      return [];
    }
  }

  /** Keeps the newest state of a work that has ended; the oldest make room. */
  keep(work: Work): void {
    const others = this.works().filter(({ op }) => op !== work.op);
    const works = [...others, work].sort((one, other) => one.madeAtMs - other.madeAtMs);
    try {
      localStorage.setItem(this.#key, JSON.stringify(works.slice(-KEPT_MAX)));
    } catch {
      // Full or forbidden storage costs the copy, not the work on the screen.
    }
  }

  /** Calls back whenever another tab has kept something. */
  onChange(listener: () => void): void {
    window.addEventListener("storage", ({ key }) => {
      if (key === this.#key) listener();
    });
  }
}
