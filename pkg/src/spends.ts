import { onAbort } from "./abort.js";
import type { CreditError } from "./errors.js";
import type { Mirror } from "./mirror.js";
import { type OpenSpend, type Outcome, reconcile } from "./snapshot.js";

/** One spend of this page, from the click to its end. */
export interface Spend {
  /** The id to hand to the app's server, so that it works on this very spend. */
  readonly op: string;
  readonly operation: string;
  /** Whole credits it costs. */
  readonly credits: number;
  /** Where it is now; after its end, how it ended; after close(), `unknown`. */
  readonly state: OpenSpend["stage"] | Outcome["state"];
  /** Resolves once, with its end; also a refused or returned spend resolves. Rejects on close(). */
  readonly settled: Promise<Outcome>;
  /**
   * Takes it back: the credits return once the backend says so, and a hold that the app's server
   * asks for later is refused. Work that has started cannot be taken back; nothing happens then,
   * nor after the spend's end or close().
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

/** What the handle of the spend `op`, which `mirror` has just made, is made from. */
export function spendMaker(
  mirror: Mirror,
  op: string,
  operation: string,
  signal: AbortSignal | undefined,
): SpendMaker {
  const own = () => mirror.snapshot().spends.find((spend) => spend.op === op);
  return {
    op,
    operation,
    credits: own()?.credits ?? 0,
    signal,
    stage: () => own()?.stage,
    cancel: () => mirror.tell((engine) => engine.cancel(op)),
  };
}

/** The handles of this page's open spends. */
export interface SpendBook {
  open(maker: SpendMaker): Spend;
  settle(outcome: Outcome): void;
  /** Nothing is known any more of those that are open. */
  close(error: CreditError): void;
}

export function createSpendBook(): SpendBook {
  const open = new Map<string, Ends>();
  return {
    open: (maker) => handle(maker, (ends) => open.set(maker.op, ends)),
    settle(outcome) {
      open.get(outcome.op)?.settle(reconcile(undefined, outcome));
      open.delete(outcome.op);
    },
    close(error) {
      for (const { close } of open.values()) close(error);
      open.clear();
    },
  };
}

/** The ways in which a handle ends. */
interface Ends {
  settle(outcome: Outcome): void;
  close(error: CreditError): void;
}

function handle(maker: SpendMaker, opened: (ends: Ends) => void): Spend {
  let stage: OpenSpend["stage"] = "queued";
  let ended: Spend["state"] | undefined;
  const cancel = () => {
    if (ended === undefined) maker.cancel();
  };
  const end = (state: Spend["state"]) => {
    ended = state;
    ignore();
  };
  const ignore = onAbort(maker.signal, cancel);
  const settled = new Promise<Outcome>((resolve, reject) => {
    opened({
      settle(outcome) {
        end(outcome.state);
        resolve(outcome);
      },
      close(error) {
        end("unknown");
        reject(error);
      },
    });
  });
  // A page that does not look at `settled` must not see an unhandled rejection.
  settled.catch(() => {});
  return {
    op: maker.op,
    operation: maker.operation,
    credits: maker.credits,
    get state() {
      stage = maker.stage() ?? stage;
      return ended ?? stage;
    },
    settled,
    cancel,
  };
}
