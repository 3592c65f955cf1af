import type { Bought, Cover, Quote, RecentUse } from "./catalog.js";
import { CreditError, toCreditError } from "./errors.js";
import glue, {
  buys as buysInWasm,
  cover as coverInWasm,
  priceTable as priceTableInWasm,
  stories as storiesInWasm,
  topUp as topUpInWasm,
  Client as WasmClient,
} from "./generated/creditpack.js";
import { createOpenSpends, type SpendNews } from "./open-spends.js";
import type { Outcome, Snapshot } from "./snapshot.js";
import type { Story } from "./story.js";
import { answerUnlessTrapped, guard, unlessTrapped } from "./trap.js";

/** A compiled module; nothing, to products that compile without a library that knows of any. */
type CompiledModule = typeof globalThis extends {
  WebAssembly: { Module: { prototype: infer Compiled } };
}
  ? Compiled
  : never;

/** Where the Wasm module comes from, when not from its usual place beside this file. */
export type WasmSource =
  | URL
  | string
  | Request
  | Response
  | ArrayBuffer
  | ArrayBufferView
  | CompiledModule;

/** What the module needs to know of its account. */
export interface EngineConfig {
  readonly endpoint: string;
  readonly account: string;
  readonly currency?: string | undefined;
  readonly memoryOnly: boolean;
  readonly offlineCredits: number;
}

/** What the module asks of its host. */
export interface EngineHost {
  getToken(): Promise<string>;
  /** The backend does not take this token any more. */
  dropToken(token: string): void;
  /** Resolves after that time; rejects once `stop` is aborted. */
  pause(ms: number, stop: AbortSignal): Promise<void>;
  changed(): void;
  settled(outcome: Outcome): void;
  /** The backend refuses the account or the catalog, and asking again would not help. */
  refused(error: unknown): void;
  /** Something for the other tabs; undefined asks them what they know. */
  tell(digest: unknown): void;
  load(): Promise<string[]>;
  save(op: string, record: string): Promise<void>;
  forget(op: string): Promise<void>;
}

/** The optimistic client of the rulebook. Its methods throw or reject with {@link CreditError}. */
export interface Engine {
  start(): void;
  spend(operation: string, quantity: number): string;
  announce(operation: string, quantity: number): string;
  cancel(op: string): void;
  /** Whether an answer is awaited on anything that was called off. */
  isCallingOff(): boolean;
  canSpend(operation: string, quantity: number): boolean;
  /** Its `spends` are the same list, made of the same objects, as far as nothing changed in them. */
  view(): Snapshot;
  catalog(): unknown;
  request(method: string, path: string, body?: unknown): Promise<unknown>;
  refresh(): void;
  online(yes: boolean): void;
  visible(yes: boolean): void;
  /** 0: alone, 1: leading, 2: following. */
  role(role: number): void;
  told(digest: unknown): void;
  leaderHeard(): void;
  /** Ends it, and gives its memory back: nothing of it may be called after that. */
  close(): void;
}

let loading: Promise<void> | undefined;

/**
 * Loads the Wasm module once for the whole page. Calling it is optional; call it early to load
 * early, or with a `source` to say where the module is. After a failure it may be called again.
 *
 * @throws CreditError `internal` if the module cannot be had or compiled, as under a
 * Content-Security-Policy without `'wasm-unsafe-eval'`.
 */
export function init(source?: WasmSource | Promise<WasmSource>): Promise<void> {
  loading ??= load(source).catch((cause: unknown) => {
    loading = undefined;
    const words = "The Wasm module could not be loaded. Does the page's policy allow it?";
    throw new CreditError("internal", words, { cause });
  });
  return loading;
}

/** A new client of the rulebook. Call it after {@link init}. */
export function createEngine(config: EngineConfig, host: EngineHost): Engine {
  return guarded(guard(() => new WasmClient(config, guardedHost(host)) as Bound));
}

/** The price table of a catalog: the rulebook's own arithmetic, the only rounding there is. */
export function priceTable(catalog: unknown): readonly Quote[] {
  return guard(() => priceTableInWasm(catalog) as readonly Quote[]);
}

/** The cheapest packs of a catalog that grant at least `credits`. */
export function cover(catalog: unknown, credits: number): Cover | undefined {
  return guard(() => coverInWasm(catalog, credits) as Cover | undefined);
}

/** What `credits` buy of each operation of a catalog. */
export function buys(catalog: unknown, credits: number): readonly Bought[] {
  return guard(() => buysInWasm(catalog, credits) as readonly Bought[]);
}

/** How many credits to buy so that they last; `available` may be a debt. */
export function topUp({ spent, spentDays, lastDays }: RecentUse, available: number): number {
  return guard(() => topUpInWasm(spent, spentDays, lastDays, available));
}

/** The stories that entries of the wire tell, both newest first. Call it after {@link init}. */
export function stories(entries: readonly unknown[]): readonly Story[] {
  return guard(() => storiesInWasm(entries) as readonly Story[]);
}

async function load(source?: WasmSource | Promise<WasmSource>): Promise<void> {
  if (source !== undefined) {
    await glue({ module_or_path: source });
    return;
  }
  if (await loadBesideThisFile()) return;
  const { base64 } = await import("./generated/creditpack_inline.js");
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  await glue({ module_or_path: bytes });
}

/**
 * Streams the module from beside this file. False if that cannot be: under Node, from a `file:` page,
 * in a bundle that is no module and knows no place of its own, behind a server that answers something
 * else (development servers like to send their HTML), or with a policy that forbids the fetch.
 */
async function loadBesideThisFile(): Promise<boolean> {
  try {
    const response = await fetch(new URL("./generated/creditpack_bg.wasm", import.meta.url));
    const type = response.headers.get("content-type") ?? "";
    if (!response.ok || !type.startsWith("application/wasm")) return false;
    await glue({ module_or_path: response });
    return true;
  } catch {
    return false;
  }
}

/** `host` for a module that may trap: from then on nothing is done for it, and nothing told to it. */
function guardedHost(host: EngineHost): EngineHost {
  return {
    getToken: () => answerUnlessTrapped(() => host.getToken()),
    dropToken: (token) => unlessTrapped(() => host.dropToken(token)),
    pause: (ms, stop) => answerUnlessTrapped(() => host.pause(ms, stop)),
    changed: () => unlessTrapped(() => host.changed()),
    settled: (outcome) => unlessTrapped(() => host.settled(outcome)),
    refused: (error) => unlessTrapped(() => host.refused(error)),
    tell: (digest) => unlessTrapped(() => host.tell(digest)),
    load: () => answerUnlessTrapped(() => host.load()),
    save: (op, record) => answerUnlessTrapped(() => host.save(op, record)),
    forget: (op) => answerUnlessTrapped(() => host.forget(op)),
  };
}

/** The engine as wasm-bindgen has it. */
interface Bound extends Engine {
  /** Of the spends it tells the changes since the last view. */
  view(): Snapshot & SpendNews;
  free(): void;
}

/** `engine` with every call guarded. */
function guarded(engine: Bound): Engine {
  const openSpends = createOpenSpends();
  return {
    start: () => guard(() => engine.start()),
    spend: (operation, quantity) => guard(() => engine.spend(String(operation), quantity)),
    announce: (operation, quantity) => guard(() => engine.announce(String(operation), quantity)),
    cancel: (op) => guard(() => engine.cancel(op)),
    isCallingOff: () => guard(() => engine.isCallingOff()),
    canSpend: (operation, quantity) => guard(() => engine.canSpend(String(operation), quantity)),
    view: () =>
      guard(() => {
        const { over, ...view } = engine.view();
        return { ...view, spends: openSpends({ over, spends: view.spends }) };
      }),
    catalog: () => guard(() => engine.catalog()),
    request: (method, path, body) =>
      guard(() => engine.request(method, path, body)).catch((thrown: unknown) => {
        throw toCreditError(thrown);
      }),
    refresh: () => guard(() => engine.refresh()),
    online: (yes) => guard(() => engine.online(yes)),
    visible: (yes) => guard(() => engine.visible(yes)),
    role: (role) => guard(() => engine.role(role)),
    told: (digest) => guard(() => engine.told(digest)),
    leaderHeard: () => guard(() => engine.leaderHeard()),
    close: () => {
      guard(() => engine.close());
      // Later: one that is telling something, as it may be now, cannot be freed meanwhile.
      queueMicrotask(() => unlessTrapped(() => engine.free()));
    },
  };
}
