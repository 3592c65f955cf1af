import { CreditError, toCreditError } from "./errors.js";
import { LOADING, reconcile, reconcileView, type Snapshot } from "./snapshot.js";
import type { Engine } from "./wasm.js";

/** The engine's state as a store: a snapshot to read, changes to hear of, one way in. */
export interface Mirror {
  snapshot(): Snapshot;
  /** Whether the backend has confirmed what the present engine shows. */
  isConfirmed(): boolean;
  /** The catalog's body, or undefined before it arrived. The same object while it is the same. */
  catalog(): unknown;
  /** Why the client cannot work, if it cannot. */
  fault(): CreditError | undefined;
  subscribe(listener: () => void): () => void;
  /** Resolves as soon as `done` is true of the engine, or there is none any more. */
  until(done: (engine: Engine) => boolean): Promise<void>;
  /** Calls the engine; changes it makes are visible, and heard of, before this returns. */
  enter<T>(call: (engine: Engine) => T): T;
  /** Like `enter`, but without a working engine nothing is called, and nothing is thrown. */
  tell(call: (engine: Engine) => void): void;
  /** To be called by the engine whenever its view may differ. */
  changed(): void;
  attach(engine: Engine): void;
  /** Lets go of the engine: nothing enters it from here on, and the last snapshot stays. */
  fail(fault: CreditError): void;
  /** Forgets what was shown. */
  clear(): void;
}

/**
 * Listeners never run while the engine does: they may call it again, and Rust forbids entering a
 * client that is being changed. So changes made by our own call are told when it returns, and those
 * made by the engine's timers and streams in the next microtask, before anything is painted.
 */
export function createMirror(initial: Snapshot | undefined): Mirror {
  const listeners = new Set<() => void>();
  const waiting = new Set<() => void>();
  // What a server rendered with may be old by now; until the backend's first answer it stays.
  const start = initial ? reconcile<Snapshot>(undefined, { ...initial, phase: "stale" }) : LOADING;
  let engine: Engine | undefined;
  let fault: CreditError | undefined;
  let snapshot = start;
  let confirmed = false;
  let catalog: unknown;
  let catalogAsGiven: unknown;
  let depth = 0;
  let stale = false;
  let news = false;

  function changed(): void {
    stale = true;
    if (depth === 0) queueMicrotask(flush);
  }

  function pull(): void {
    if (!stale || !engine || depth > 0) return;
    stale = false;
    try {
      const before = [snapshot, catalog];
      const view = engine.view();
      confirmed = view.epoch !== "";
      const phase = view.phase === "loading" ? start.phase : view.phase;
      snapshot = reconcileView(snapshot, confirmed || !initial ? view : { ...start, phase });
      const given = engine.catalog();
      if (given !== catalogAsGiven) catalog = reconcile(catalog, given);
      catalogAsGiven = given;
      news ||= snapshot !== before[0] || catalog !== before[1];
    } catch (thrown) {
      fail(toCreditError(thrown));
    }
  }

  function until(done: (engine: Engine) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (engine && !done(engine)) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  }

  function flush(): void {
    pull();
    for (const look of waiting) look();
    if (!news || depth > 0) return;
    news = false;
    for (const listener of [...listeners]) callSafely(listener);
  }

  function enter<T>(call: (engine: Engine) => T): T {
    if (fault) throw fault;
    if (!engine) throw new CreditError("not_ready", "The credits are still loading.");
    depth += 1;
    try {
      return call(engine);
    } finally {
      depth -= 1;
      flush();
    }
  }

  function tell(call: (engine: Engine) => void): void {
    if (!engine) return;
    try {
      enter(call);
    } catch {
      // Only a trap throws here, and that is told as the client's fault.
    }
  }

  function fail(error: CreditError): void {
    engine = undefined;
    fault = error;
    news = true;
    queueMicrotask(flush);
  }

  function clear(): void {
    [snapshot, catalog, catalogAsGiven, stale, news] = [LOADING, undefined, undefined, false, true];
    queueMicrotask(flush);
  }

  return {
    snapshot: () => {
      pull();
      return snapshot;
    },
    isConfirmed: () => confirmed,
    catalog: () => {
      pull();
      return catalog;
    },
    fault: () => fault,
    subscribe: (listener) => {
      // One listener may subscribe twice: each is a subscription of its own.
      const subscription = () => listener();
      listeners.add(subscription);
      return () => void listeners.delete(subscription);
    },
    until,
    enter,
    tell,
    changed,
    attach: (attached) => {
      engine = attached;
      news ||= fault !== undefined;
      fault = undefined;
      stale = true;
    },
    fail,
    clear,
  };
}

/** A listener's mistake is reported like any uncaught error and keeps no other from hearing. */
function callSafely(listener: () => void): void {
  try {
    listener();
  } catch (thrown) {
    queueMicrotask(() => {
      throw thrown;
    });
  }
}
