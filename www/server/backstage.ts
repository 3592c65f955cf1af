import { type Backstage, DELAYS_MS, WEBHOOK_DELAYS_MS } from "../shared/api.ts";

/**
 * The demo's controls. One set for the whole process: the "network" is one wire, and every tab
 * on it should feel the same weather.
 */
export class BackstageControls {
  #state: Backstage = { fail_next: false, delay_ms: 0, dropped: false, webhook_delay_ms: 0 };
  readonly #listeners = new Set<(state: Backstage) => void>();

  get state(): Readonly<Backstage> {
    return this.#state;
  }

  onChange(listener: (state: Backstage) => void): void {
    this.#listeners.add(listener);
  }

  /** Takes the known fields of `wish`; returns the field at fault, if one has a bad value. */
  set(wish: Record<string, unknown>): keyof Backstage | undefined {
    const bad = (Object.keys(ALLOWED) as (keyof Backstage)[]).find(
      (field) => wish[field] !== undefined && !ALLOWED[field].includes(wish[field]),
    );
    if (bad !== undefined) return bad;
    const known = Object.keys(ALLOWED).filter((field) => wish[field] !== undefined);
    this.#update(Object.fromEntries(known.map((field) => [field, wish[field]])));
    return undefined;
  }

  /** True once after `fail_next` was set. */
  takeFailure(): boolean {
    const fail = this.#state.fail_next;
    if (fail) this.#update({ fail_next: false });
    return fail;
  }

  #update(change: Partial<Backstage>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener(this.#state);
  }
}

const ALLOWED: Record<keyof Backstage, readonly unknown[]> = {
  fail_next: [true, false],
  delay_ms: DELAYS_MS,
  dropped: [true, false],
  webhook_delay_ms: WEBHOOK_DELAYS_MS,
};
