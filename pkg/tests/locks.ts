/** As much of the standard's LockManager as tabs need: one browser's worth of locks, in memory. */
export class MemoryLocks {
  readonly #held: Held[] = [];
  readonly #queue: Waiting[] = [];

  async request(name: string, options: LockOptions, callback: LockGrantedCallback<unknown>) {
    options.signal?.throwIfAborted();
    const mode = options.mode ?? "exclusive";
    if (options.steal) {
      for (const held of this.#held.filter((held) => held.name === name)) {
        this.#release(held);
        held.reject(new DOMException("The lock was stolen.", "AbortError"));
      }
      return this.#hold(name, mode, callback);
    }
    if (this.#isFree(name, mode)) return this.#hold(name, mode, callback);
    if (options.ifAvailable) return callback(null);
    await this.#wait(name, mode, options.signal);
    return this.#hold(name, mode, callback);
  }

  async query(): Promise<LockManagerSnapshot> {
    return { held: this.#held.map(({ name, mode }) => ({ name, mode })), pending: [] };
  }

  async #hold(name: string, mode: LockMode, callback: LockGrantedCallback<unknown>) {
    return new Promise((resolve, reject) => {
      const held = { name, mode, reject };
      this.#held.push(held);
      const done = (settle: () => void) => {
        this.#release(held);
        settle();
      };
      Promise.resolve(callback({ name, mode })).then(
        (value) => done(() => resolve(value)),
        (thrown) => done(() => reject(thrown)),
      );
    });
  }

  #wait(name: string, mode: LockMode, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiting = { name, mode, resolve };
      this.#queue.push(waiting);
      signal?.addEventListener("abort", () => {
        const at = this.#queue.indexOf(waiting);
        if (at < 0) return;
        this.#queue.splice(at, 1);
        reject(signal.reason);
      });
    });
  }

  #release(held: Held): void {
    const at = this.#held.indexOf(held);
    if (at >= 0) this.#held.splice(at, 1);
    const next = this.#queue.findIndex(({ name, mode }) => this.#isFree(name, mode));
    if (next >= 0) this.#queue.splice(next, 1)[0]?.resolve();
  }

  #isFree(name: string, mode: LockMode): boolean {
    const holders = this.#held.filter((held) => held.name === name);
    return holders.every((held) => mode === "shared" && held.mode === "shared");
  }
}

interface Held {
  readonly name: string;
  readonly mode: LockMode;
  reject(error: unknown): void;
}

interface Waiting {
  readonly name: string;
  readonly mode: LockMode;
  resolve(): void;
}
