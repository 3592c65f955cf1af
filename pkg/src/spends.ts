import { CreditError } from "./errors.js";
import { type OpenSpend, type Outcome, reconcile } from "./snapshot.js";

/** One spend of this page, from the click to its end. */
export interface Spend {
  /** The id to hand to the app's server, so that it works on this very spend. */
  readonly op: string;
  readonly operation: string;
  /** Whole credits it costs. */
  readonly credits: number;
  /** Where it is now; after its end, how it ended. */
  readonly state: OpenSpend["stage"] | Outcome["state"];
  /** Resolves once, with its end; also a refused or returned spend resolves. Rejects on close(). */
  readonly settled: Promise<Outcome>;
  /**
   * Takes it back: the credits return once the backend says so, and a hold that the app's server
   * asks for later is refused. Work that has started cannot be taken back; nothing happens then.
   */
  cancel(): void;
}

/** What a handle is made from. */
export interface SpendMaker {
  readonly op: string;
  readonly operation: string;
  readonly credits: number;
  readonly signal?: AbortSignal | undefined;
  stage(): OpenSpend["stage"] | undefined;
  cancel(): void;
}

/** The handles of this page's open spends. */
export interface SpendBook {
  open(maker: SpendMaker): Spend;
  settle(outcome: Outcome): void;
  close(): void;
}

export function createSpendBook(): SpendBook {
  const open = new Map<string, PromiseWithEnds>();
  return {
    open(maker) {
      const ends = promiseWithEnds();
      open.set(maker.op, ends);
      return handle(maker, ends.promise);
    },
    settle(outcome) {
      open.get(outcome.op)?.resolve(reconcile(undefined, outcome));
      open.delete(outcome.op);
    },
    close() {
      const error = new CreditError("closed", "The client was closed before this spend ended.");
      for (const { reject } of open.values()) reject(error);
      open.clear();
    },
  };
}

interface PromiseWithEnds {
  readonly promise: Promise<Outcome>;
  resolve(outcome: Outcome): void;
  reject(error: CreditError): void;
}

function promiseWithEnds(): PromiseWithEnds {
  let resolve: PromiseWithEnds["resolve"] = () => {};
  let reject: PromiseWithEnds["reject"] = () => {};
  const promise = new Promise<Outcome>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  // A page that does not look at `settled` must not see an unhandled rejection.
  promise.catch(() => {});
  return { promise, resolve, reject };
}

function handle(maker: SpendMaker, settled: Promise<Outcome>): Spend {
  let ended: Outcome | undefined;
  const cancel = () => {
    if (!ended) maker.cancel();
  };
  maker.signal?.addEventListener("abort", cancel, { once: true });
  const forget = () => maker.signal?.removeEventListener("abort", cancel);
  settled.then((outcome) => {
    ended = outcome;
    forget();
  }, forget);
  return {
    op: maker.op,
    operation: maker.operation,
    credits: maker.credits,
    get state() {
      return ended?.state ?? maker.stage() ?? "queued";
    },
    settled,
    cancel,
  };
}
