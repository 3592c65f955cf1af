import { CreditError, toCreditError } from "./errors.js";
import type { Mirror } from "./mirror.js";
import type { CreditsOptions } from "./options.js";
import { watchPage } from "./page.js";
import { pause, within } from "./retry.js";
import type { SpendBook } from "./spends.js";
import { type CreditStorage, indexedDbStorage, noStorage } from "./storage.js";
import { keepToken } from "./token.js";
import { watchTrap } from "./trap.js";
import { createEngine, type Engine, type EngineHost, init } from "./wasm.js";

/** How long the page's own storage may take. */
const STORAGE_MS_MAX = 5000;

/** A client's life: loading, running, failed, closed. */
export interface Lifecycle {
  /** The present promise; a start after a failure makes a new one. */
  ready(): Promise<void>;
  running(): boolean;
  /** Aborted with the reason when the client is closed. */
  readonly life: AbortSignal;
  refresh(): void;
  close(): void;
}

/** Loads the module, makes the engine, ties it to mirror, spends, storage and page. */
export function boot(options: CreditsOptions, mirror: Mirror, spends: SpendBook): Lifecycle {
  let state: "loading" | "running" | "failed" | "closed" = "loading";
  let stopWatching = () => {};
  const life = new AbortController();
  let readiness = whenReady(mirror);
  const refuse = refusals();
  const stopWatchingTrap = watchTrap(fail);

  async function start(): Promise<void> {
    state = "loading";
    try {
      await init();
      if (isClosed()) return;
      const refused = (thrown: unknown) => {
        if (isClosed()) return;
        fail(refuse(thrown));
        retire(engine);
      };
      const host = engineHost(options, mirror, spends, refused, life.signal);
      const engine: Engine = createEngine(engineConfig(options), host);
      mirror.attach(engine);
      state = "running";
      mirror.enter((engine) => engine.start());
      stopWatching = watchPage({
        online: (yes) => mirror.tell((engine) => engine.online(yes)),
        visible: (yes) => mirror.tell((engine) => engine.visible(yes)),
      });
    } catch (thrown) {
      fail(toCreditError(thrown));
    }
  }

  function fail(error: CreditError): void {
    if (isClosed()) return;
    state = "failed";
    stopWatching();
    mirror.fail(error);
    readiness.reject(error);
  }

  function close(): void {
    if (isClosed()) return;
    state = "closed";
    stopWatching();
    stopWatchingTrap();
    mirror.tell((engine) => engine.close());
    const error = new CreditError("closed", "The client was closed.");
    life.abort(error);
    mirror.fail(error);
    spends.close();
    readiness.reject(error);
  }

  function refresh(): void {
    if (state === "running") mirror.tell((engine) => engine.refresh());
    if (state !== "failed") return;
    readiness = whenReady(mirror);
    void start();
  }

  const isClosed = () => state === "closed";
  void start();
  return {
    ready: () => readiness.promise,
    running: () => state === "running" && !mirror.fault(),
    life: life.signal,
    refresh,
    close,
  };
}

/** Closes `engine`, but later: one that is telling something cannot be entered meanwhile. */
function retire(engine: Engine): void {
  queueMicrotask(() => {
    try {
      engine.close();
    } catch {
      // It trapped, which every client of the page has been told.
    }
  });
}

/** Settles with the first confirmed snapshot and the catalog of a client that works. */
function whenReady(mirror: Mirror): { promise: Promise<void>; reject(error: CreditError): void } {
  let reject: (error: CreditError) => void = () => {};
  const promise = new Promise<void>((resolve, no) => {
    const stop = mirror.subscribe(() => {
      if (mirror.fault() || mirror.snapshot().epoch === "" || !mirror.catalog()) return;
      stop();
      resolve();
    });
    reject = (error) => {
      stop();
      no(error);
    };
  });
  promise.catch(() => {});
  return { promise, reject };
}

function engineConfig({ endpoint, account, currency, storage }: CreditsOptions) {
  return { endpoint, account, currency, memoryOnly: chosen(storage) === "memory" };
}

function engineHost(
  options: CreditsOptions,
  mirror: Mirror,
  spends: SpendBook,
  refused: (error: unknown) => void,
  life: AbortSignal,
): EngineHost {
  const storage = openStorage(options);
  return {
    ...keepToken(options.getToken, life),
    pause,
    changed: mirror.changed,
    settled: spends.settle,
    refused,
    load: () => within(STORAGE_MS_MAX, storage.load(), life),
    save: (op, record) => within(STORAGE_MS_MAX, storage.save(op, record), life),
    forget: (op) => within(STORAGE_MS_MAX, storage.forget(op), life),
  };
}

/** Refusals for good as errors; the first is told on the console, for whoever set up the page. */
function refusals(): (thrown: unknown) => CreditError {
  let told = false;
  return (thrown) => {
    const error = toCreditError(thrown);
    if (!told) console.error("creditpack: the backend refuses this account or catalog.", error);
    told = true;
    return error;
  };
}

function openStorage({ endpoint, account, storage }: CreditsOptions): CreditStorage {
  const choice = chosen(storage);
  if (typeof choice === "object") return choice;
  return choice === "memory" ? noStorage() : indexedDbStorage(endpoint, account);
}

function chosen(storage: CreditsOptions["storage"]) {
  return storage ?? (typeof indexedDB === "undefined" ? "memory" : "indexeddb");
}
