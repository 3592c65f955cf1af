import { CreditError, toCreditError } from "./errors.js";

let trap: CreditError | undefined;

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
      throw trap;
    }
    throw toCreditError(thrown);
  }
}
