import { CreditError, toCreditError } from "./errors.js";
import type { Mirror } from "./mirror.js";
import type { CreditsOptions } from "./options.js";
import { watchPage } from "./page.js";
import type { SpendBook } from "./spends.js";
import { type CreditStorage, indexedDbStorage, noStorage } from "./storage.js";
import { createEngine, type EngineHost, init } from "./wasm.js";

/** A client's life: loading, running, closed. */
export interface Lifecycle {
  readonly ready: Promise<void>;
  running(): boolean;
  refresh(): void;
  close(): void;
}

/** Loads the module, makes the engine, ties it to mirror, spends, storage and page. */
export function boot(options: CreditsOptions, mirror: Mirror, spends: SpendBook): Lifecycle {
  let state: "loading" | "running" | "failed" | "closed" = "loading";
  let stopWatching = () => {};
  const { promise: ready, reject: notReady } = whenReady(mirror);

  async function start(): Promise<void> {
    state = "loading";
    try {
      await init();
      if (isClosed()) return;
      mirror.attach(createEngine(engineConfig(options), engineHost(options, mirror, spends)));
      state = "running";
      mirror.enter((engine) => engine.start());
      stopWatching = watchPage({
        online: (yes) => mirror.enter((engine) => engine.online(yes)),
        visible: (yes) => mirror.enter((engine) => engine.visible(yes)),
      });
    } catch (thrown) {
      if (isClosed()) return;
      state = "failed";
      const error = toCreditError(thrown);
      mirror.fail(error);
      notReady(error);
    }
  }

  function close(): void {
    if (isClosed()) return;
    const wasRunning = state === "running";
    state = "closed";
    stopWatching();
    const error = new CreditError("closed", "The client was closed.");
    if (wasRunning && !mirror.fault()) mirror.enter((engine) => engine.close());
    mirror.fail(error);
    spends.close();
    notReady(error);
  }

  function refresh(): void {
    if (state === "running") mirror.enter((engine) => engine.refresh());
    else if (state === "failed") void start();
  }

  const isClosed = () => state === "closed";
  void start();
  return { ready, running: () => state === "running" && !mirror.fault(), refresh, close };
}

/** Settles with the first confirmed snapshot and the catalog. */
function whenReady(mirror: Mirror): { promise: Promise<void>; reject(error: CreditError): void } {
  let reject: (error: CreditError) => void = () => {};
  const promise = new Promise<void>((resolve, no) => {
    reject = no;
    const stop = mirror.subscribe(() => {
      if (mirror.snapshot().epoch === "" || mirror.catalog() === undefined) return;
      stop();
      resolve();
    });
  });
  promise.catch(() => {});
  return { promise, reject };
}

function engineConfig({ endpoint, account, currency, storage }: CreditsOptions) {
  return { endpoint, account, currency, memoryOnly: chosen(storage) === "memory" };
}

function engineHost(options: CreditsOptions, mirror: Mirror, spends: SpendBook): EngineHost {
  const storage = openStorage(options);
  return {
    getToken: tokens(options.getToken),
    changed: mirror.changed,
    settled: spends.settle,
    load: () => storage.load(),
    save: (op, record) => storage.save(op, record),
    forget: (op) => storage.forget(op),
  };
}

/**
 * `getToken`, and on the console why it failed: the engine only tries again, so that a wrong address
 * would look like a page that never finishes loading. Once for a row of failures.
 */
function tokens(getToken: CreditsOptions["getToken"]): () => Promise<string> {
  let failing = false;
  return async () => {
    try {
      const token: unknown = await getToken();
      if (typeof token !== "string") throw new TypeError("It must resolve with the token itself.");
      failing = false;
      return token;
    } catch (thrown) {
      if (!failing) console.error("creditpack: getToken failed, and is tried again.", thrown);
      failing = true;
      throw thrown;
    }
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
