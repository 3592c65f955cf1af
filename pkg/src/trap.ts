import { CreditError, toCreditError } from "./errors.js";

let trap: CreditError | undefined;
const watchers = new Set<(trap: CreditError) => void>();

/**
 * Runs `call` in the module. A trap leaves the module's memory in an unknown state, so nothing may
 * enter it again: every later call throws the first trap's error.
 */
export function guard<T>(call: () => T): T {
  if (trap) throw trap;
  try {
    return call();
  } catch (thrown) {
    if (thrown instanceof WebAssembly.RuntimeError) {
      const words = "A fault in the credits module; reload the page to go on.";
      trap = new CreditError("internal", words, { cause: thrown });
      for (const watcher of [...watchers]) watcher(trap);
      throw trap;
    }
    throw toCreditError(thrown);
  }
}

/** Calls `watcher` with the trap, should there be one; the returned function ends it. */
export function watchTrap(watcher: (trap: CreditError) => void): () => void {
  watchers.add(watcher);
  return () => void watchers.delete(watcher);
}

/** What the module asks of the page, left undone after a trap. */
export function unlessTrapped(callback: () => void): void {
  if (!trap) callback();
}

/** What `ask` resolves with, for the module to wait for: after a trap, for ever. */
export function answerUnlessTrapped<T>(ask: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    unlessTrapped(() =>
      ask().then(
        (answer) => unlessTrapped(() => resolve(answer)),
        (thrown) => unlessTrapped(() => reject(thrown)),
      ),
    );
  });
}
