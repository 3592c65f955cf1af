/// <reference lib="esnext.disposable" preserve="true" />

/** Older browsers have no such symbol; compiled `using` looks for this stand-in there. */
export const dispose: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for("Symbol.dispose");
