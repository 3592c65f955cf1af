import { CreditError, toCreditError } from "./errors.js";
import type { Mirror } from "./mirror.js";
import type { CreditsOptions } from "./options.js";
import { watchPage } from "./page.js";
import { pause, within } from "./retry.js";
import type { SpendBook } from "./spends.js";
import { type CreditStorage, indexedDbStorage, noStorage } from "./storage.js";
import { createTabs, type Role, type Tabs } from "./tabs.js";
import { keepToken } from "./token.js";
import { watchTrap } from "./trap.js";
import { createEngine, type Engine, type EngineConfig, type EngineHost, init } from "./wasm.js";

/** How long the page's own storage may take. */
const STORAGE_MS_MAX = 5000;
/** How long a sign-out waits for spends to be called off, and to be forgotten. */
const CALL_OFF_MS_MAX = 2000;
const FORGET_MS_MAX = 1000;

/** A client's life: loading, running, failed, closed. */
export interface Lifecycle {
  /** The present promise; a start after a failure makes a new one. */
  ready(): Promise<void>;
  running(): boolean;
  /** @throws CreditError `closed` once a sign-out has begun. */
  throwIfLeaving(): void;
  /** Aborted with the reason when the client is closed. */
  readonly life: AbortSignal;
  refresh(): void;
  signOut(): Promise<void>;
  close(): void;
}

/** How the engine names the roles. */
const ROLES: readonly Role[] = ["alone", "leading", "following"];

/** Loads the module, makes the engine, ties it to mirror, spends, storage and page. */
export function boot(options: CreditsOptions, mirror: Mirror, spends: SpendBook): Lifecycle {
  let state: "loading" | "running" | "failed" | "closed" = "loading";
  let stopWatching = () => {};
  const life = new AbortController();
  let readiness = whenReady(mirror);
  const refuse = refusals();
  const stopWatchingTrap = watchTrap(fail);
  const storage = openStorage(options);
  let role: Role = "alone";
  let leaving: Promise<void> | undefined;
  const tabs = createTabs(`creditpack/1 ${JSON.stringify([options.endpoint, options.account])}`, {
    role: (next) => {
      role = next;
      tellRole();
    },
    told: (digest) => mirror.tell((engine) => engine.told(digest)),
    leaderHeard: () => mirror.tell((engine) => engine.leaderHeard()),
    signedOut: () => end("Signed out in another tab.", mirror.clear),
    isFresh: () => !["loading", "stale", "offline"].includes(mirror.snapshot().phase),
  });

  async function start(): Promise<void> {
    state = "loading";
    try {
      await Promise.all([init(), tabs.join()]);
      if (isClosed()) return;
      const refused = (thrown: unknown) => {
        if (isClosed()) return;
        fail(refuse(thrown));
        retire(engine);
      };
      const ties = { mirror, spends, tabs, refused, life: life.signal };
      const host = engineHost(options, storage, ties);
      const engine: Engine = createEngine(engineConfig(options), host);
      mirror.attach(engine);
      tellRole();
      state = "running";
      mirror.enter((engine) => engine.start());
      stopWatching = watchPage({
        online: (yes) => mirror.tell((engine) => engine.online(yes)),
        away: goAway,
        seen: () => void lookAgain(),
      });
    } catch (thrown) {
      fail(toCreditError(thrown));
    }
  }

  function tellRole(): void {
    mirror.tell((engine) => engine.role(ROLES.indexOf(role)));
  }

  function goAway(): void {
    mirror.tell((engine) => engine.visible(false));
    tabs.leave();
  }

  /** The role of a page that was away may be another tab's by now: it asks for one first. */
  async function lookAgain(): Promise<void> {
    if (await tabs.join()) mirror.tell((engine) => engine.visible(true));
  }

  function fail(error: CreditError): void {
    if (isClosed()) return;
    state = "failed";
    stopWatching();
    tabs.leave();
    mirror.fail(error);
    readiness.reject(error);
  }

  function end(words: string, andThen = () => {}): void {
    if (isClosed()) return;
    state = "closed";
    stopWatching();
    stopWatchingTrap();
    tabs.leave();
    mirror.tell((engine) => engine.close());
    const error = new CreditError("closed", words);
    life.abort(error);
    mirror.fail(error);
    andThen();
    spends.close(error);
    readiness.reject(error);
  }

  async function leave(): Promise<void> {
    tabs.tellSignedOut();
    const ops = await callOff(mirror);
    end("Signed out.", mirror.clear);
    // What is to be stored is stored before it is forgotten.
    await undefined;
    await within(FORGET_MS_MAX, forgetAll(storage, ops)).catch(() => {});
  }

  function throwIfLeaving(): void {
    if (leaving) throw new CreditError("closed", "The client is signing out.");
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
    running: () => state === "running" && !mirror.fault() && !leaving,
    life: life.signal,
    throwIfLeaving,
    refresh,
    signOut: () => {
      leaving ??= isClosed() ? Promise.resolve() : leave();
      return leaving;
    },
    close: () => end("The client was closed."),
  };
}

/**
 * Calls off every open spend: released, a hold that comes later is refused; work that has begun goes
 * on. Resolves with all of them once the backend has answered on each, or is too slow to.
 */
async function callOff(mirror: Mirror): Promise<readonly string[]> {
  const ops = mirror.snapshot().spends.map(({ op }) => op);
  mirror.tell((engine) => {
    for (const op of ops) engine.cancel(op);
  });
  const calledOff = mirror.until((engine) => !engine.isCallingOff());
  await within(CALL_OFF_MS_MAX, calledOff).catch(() => {});
  return ops;
}

async function forgetAll(storage: CreditStorage, ops: readonly string[]): Promise<void> {
  if (storage.clear) return storage.clear();
  await Promise.allSettled(ops.map((op) => storage.forget(op)));
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
      if (mirror.fault() || !mirror.catalog() || !mirror.isConfirmed()) return;
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

function engineConfig(options: CreditsOptions): EngineConfig {
  const { endpoint, account, currency, offlineCredits = 0 } = options;
  const memoryOnly = chosen(options.storage) === "memory";
  return { endpoint, account, currency, offlineCredits, memoryOnly };
}

/** What an engine is tied to. */
interface Ties {
  readonly mirror: Mirror;
  readonly spends: SpendBook;
  readonly tabs: Tabs;
  readonly life: AbortSignal;
  refused(error: unknown): void;
}

function engineHost(
  options: CreditsOptions,
  storage: CreditStorage,
  { mirror, spends, tabs, refused, life }: Ties,
): EngineHost {
  return {
    ...keepToken(options.getToken, life),
    pause,
    changed: mirror.changed,
    settled: spends.settle,
    refused,
    tell: tabs.tell,
    load: () => within(STORAGE_MS_MAX, storage.load(), life),
    // Later, if only by a moment: subscribers see a spend before it is stored.
    save: async (op, record) => {
      await undefined;
      return within(STORAGE_MS_MAX, storage.save(op, record), life);
    },
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
