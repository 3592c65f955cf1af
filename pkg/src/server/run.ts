import { type CreditError, toCreditError } from "../errors.js";
import { timeOfUuidv7, uuidv7 } from "../uuid.js";
import type { Api } from "./api.js";
import {
  capture,
  keepAlive,
  type Receipt,
  type ReleaseReason,
  type Run,
  release,
  type TellUnsettled,
  takeHold,
} from "./hold.js";

/** What to set aside, and for whom. */
export interface WorkRequest {
  readonly account: string;
  readonly operation: string;
  /** The op the browser made with `spend` or `announce`; without one, a new op. */
  readonly op?: string | undefined;
  /** Default 1. */
  readonly quantity?: number | undefined;
  /** When the op was made, Unix milliseconds; default the time inside the op, or now. */
  readonly createdAtMs?: number | undefined;
  /** Aborting it aborts the work and releases the credits. */
  readonly signal?: AbortSignal | undefined;
}

/** What the work gets to know. */
export interface WorkContext {
  readonly op: string;
  readonly claim: string;
  /** Aborts with the caller's signal, or when the hold ended under the work. */
  readonly signal: AbortSignal;
}

/** Finished work, and the receipt of its credits. */
export interface WorkDone<T> {
  readonly result: T;
  readonly receipt: Receipt;
  /**
   * Set if the capture is not confirmed in spite of all retries: the result is good, but the hold
   * may expire and the credits return. Also given to `onUnsettled`.
   */
  readonly unsettled?: CreditError;
}

/** Credits whose ending could not be told to the backend, or that nothing gives back. */
export interface Unsettled {
  readonly account: string;
  readonly op: string;
  /**
   * What is missing. `refund`: credits of an operation that settles at once are spent, and the work
   * failed, or may never have run; give them back with `grant`.
   */
  readonly ending: "capture" | "release" | "refund";
  /** Why: what the backend said, or, with the work's own error as its `cause`, `internal`. */
  readonly error: CreditError;
}

/** Throw it from the work when its output is not fit for use: the credits come back. */
export class InvalidOutputError extends Error {
  override readonly name = "InvalidOutputError";
}

/** Refusals of a release that say the credits have returned already. */
const ALREADY_BACK = new Set(["hold_expired", "already_released"]);

/** Runs `work` on credits set aside for it. See `CreditsServer.withCredits`. */
export async function runWithCredits<T>(
  api: Api,
  request: WorkRequest,
  work: (context: WorkContext) => Promise<T> | T,
  onUnsettled: (unsettled: Unsettled) => void,
): Promise<WorkDone<T>> {
  request.signal?.throwIfAborted();
  const run = newRun(request);
  const { account, op, claim } = run;
  const unsettled: TellUnsettled = (ending, why) =>
    onUnsettled({ account, op, ending, error: toCreditError(why) });
  // Not abortable: an abandoned question would leave credits set aside for work nobody does.
  const hold = await takeHold(api, run, unsettled);
  const isHeld = hold.lifetimeMs !== undefined;
  const lost = new AbortController();
  const done = new AbortController();
  const signal = request.signal ? AbortSignal.any([request.signal, lost.signal]) : lost.signal;
  if (isHeld) void keepAlive(api, run, hold, done.signal, (error) => lost.abort(error));
  let result: T;
  try {
    request.signal?.throwIfAborted();
    result = await work({ op, claim, signal });
    request.signal?.throwIfAborted();
  } catch (thrown) {
    done.abort();
    if (isHeld) await giveBack(api, run, reasonFor(thrown, request.signal), unsettled);
    else unsettled("refund", thrown);
    throw thrown;
  }
  done.abort();
  const { receipt } = hold;
  return isHeld ? settle(api, run, { result, receipt }, unsettled) : { result, receipt };
}

function newRun(request: WorkRequest): Run {
  const nowMs = Date.now();
  // The time inside the op: a new one here would make an op of any age look young.
  const madeAtMs = request.op === undefined ? nowMs : (timeOfUuidv7(request.op) ?? nowMs);
  const createdAtMs = request.createdAtMs ?? Math.min(madeAtMs, nowMs);
  return {
    account: request.account,
    operation: request.operation,
    quantity: request.quantity ?? 1,
    op: request.op ?? uuidv7(createdAtMs),
    claim: crypto.randomUUID(),
    createdAtMs,
  };
}

/** Never throws: the work is done, and its result must not be lost with the credits' fate. */
async function settle<T>(
  api: Api,
  run: Run,
  done: WorkDone<T>,
  unsettled: TellUnsettled,
): Promise<WorkDone<T>> {
  try {
    return { ...done, receipt: await capture(api, run) };
  } catch (thrown) {
    unsettled("capture", thrown);
    return { ...done, unsettled: toCreditError(thrown) };
  }
}

/** Never throws: the work's own error is what the caller must see. */
async function giveBack(
  api: Api,
  run: Run,
  reason: ReleaseReason,
  unsettled: TellUnsettled,
): Promise<void> {
  try {
    await release(api, run, reason);
  } catch (thrown) {
    if (!ALREADY_BACK.has(toCreditError(thrown).code)) unsettled("release", thrown);
  }
}

function reasonFor(thrown: unknown, signal?: AbortSignal): ReleaseReason {
  if (signal?.aborted) return "cancelled";
  // By name, not by class: the caller's copy of this package may be another one.
  const invalid = thrown instanceof Error && thrown.name === "InvalidOutputError";
  return invalid ? "invalid_output" : "failed";
}
