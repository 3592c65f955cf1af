import { CreditError, isRetryable, toCreditError } from "../errors.js";
import { pause } from "../retry.js";
import type { Answer, Api, Call } from "./api.js";

/** The one shape in which the fate of an op is told. */
export interface Receipt {
  readonly op: string;
  readonly verdict: "applied" | "rejected" | "unknown";
  /** Of the hold or debit entry; of a rejection, the account's version then. */
  readonly version?: number;
  readonly operation?: string;
  readonly credits?: number;
  readonly state?: "held" | "debited" | "captured" | "released" | "refunded";
  readonly reason?: string;
  readonly endedVersion?: number;
  readonly code?: string;
}

/** One run of the work on one op. */
export interface Run {
  readonly account: string;
  readonly operation: string;
  readonly quantity: number;
  readonly op: string;
  /** Names this run: of several that want the op, the backend lets one go on. */
  readonly claim: string;
  readonly createdAtMs: number;
}

/** A hold claimed by our run. */
export interface Claimed {
  readonly receipt: Receipt;
  /** How long it lives from now, in milliseconds, by the backend's clock. */
  readonly lifetimeMs: number;
}

/** Credits that were spent when they were asked for: there is nothing to capture or release. */
export interface Debited {
  readonly receipt: Receipt;
  readonly lifetimeMs?: never;
}

export type ReleaseReason = "failed" | "cancelled" | "invalid_output";

/** Endings are worth patience: without one the credits stay set aside until the hold expires. */
const PATIENCE = { attempts: 8 };
const SHORTEST_PAUSE_MS = 250;

/** Hears of credits whose end could not be told, or not be brought about. */
export type TellUnsettled = (ending: "capture" | "release" | "refund", why: unknown) => void;

/**
 * Makes the hold, or claims the one the browser made. Resolves only when the work is ours to do:
 * on a first answer, or when a repetition shows the hold alive under our own claim. What an
 * unanswered try may have set aside is given back before this throws.
 *
 * @throws CreditError `insufficient_credits`, `hold_claimed`, `cancelled`, `already_captured`, …
 */
export async function takeHold(
  api: Api,
  run: Run,
  unsettled: TellUnsettled,
): Promise<Claimed | Debited> {
  let isUnsure = false;
  const onUnknown = () => {
    isUnsure = true;
  };
  try {
    const body = { ...claimOf(run), op: run.op, created_at_ms: run.createdAtMs };
    const first = await api({ method: "POST", path: "/v1/holds", body, onUnknown });
    if (first.status === 201) return taken(first);
    // A replay tells the op's state but not whose run it is; the claim does, and does nothing else.
    return claimed(await claim(api, run, { onUnknown }));
  } catch (thrown) {
    const error = toCreditError(thrown);
    const mayBeOurs = isRetryable(error) || error.code === "already_captured";
    if (isUnsure && mayBeOurs) await abandon(api, run, unsettled);
    throw error;
  }
}

/**
 * Gives back what an unanswered hold may have set aside. The claim tells whether it is ours: a
 * release by itself would also end the hold of another run.
 */
async function abandon(api: Api, run: Run, unsettled: TellUnsettled): Promise<void> {
  try {
    await claim(api, run, { retries: PATIENCE });
    await release(api, run, "failed");
  } catch (thrown) {
    const error = toCreditError(thrown);
    if (isRetryable(error)) unsettled("release", error);
    // Any other refusal says that nothing is set aside for this run.
    else if (error.code === "already_captured" && (await mayBeDebited(api, run))) {
      unsettled("refund", error);
    }
  }
}

async function mayBeDebited(api: Api, { account, op }: Run): Promise<boolean> {
  const path = `${pathOf(op)}?account=${encodeURIComponent(account)}`;
  try {
    const { body } = await api({ method: "GET", path, retries: PATIENCE });
    return (body as Receipt).state === "debited";
  } catch {
    return true;
  }
}

function taken(answer: Answer): Claimed | Debited {
  const receipt = answer.body as Receipt;
  return receipt.state === "debited" ? { receipt } : claimed(answer);
}

function claimed(answer: Answer): Claimed {
  const { expiresAtMs, ...receipt } = answer.body as Receipt & { expiresAtMs: number };
  if (receipt.state !== "held") {
    throw new CreditError("already_captured", `The op is ${receipt.state ?? receipt.verdict}.`);
  }
  return { receipt, lifetimeMs: expiresAtMs - answer.serverTimeMs };
}

function claim(api: Api, run: Run, how: Pick<Call, "retries" | "onUnknown">): Promise<Answer> {
  return api({ method: "POST", path: pathOf(run.op, "claim"), body: claimOf(run), ...how });
}

function claimOf({ account, operation, quantity, claim }: Run) {
  return { account, operation, quantity, claim };
}

/**
 * Keeps the hold alive until `done` aborts, by extending it whenever half its life is over. Calls
 * `lost` once if it ended under the work.
 */
export async function keepAlive(
  api: Api,
  run: Run,
  claimedHold: Claimed,
  done: AbortSignal,
  lost: (error: CreditError) => void,
): Promise<void> {
  const { account, op, claim } = run;
  const call = { method: "POST", path: pathOf(op, "extend"), body: { account, claim } } as const;
  let lifetimeMs = claimedHold.lifetimeMs;
  try {
    for (;;) {
      await pause(Math.max(lifetimeMs / 2, SHORTEST_PAUSE_MS), done);
      lifetimeMs = await extended(api, call, done, lifetimeMs);
    }
  } catch (thrown) {
    if (!done.aborted) lost(toCreditError(thrown));
  }
}

/** The new lifetime; while the backend cannot be reached, half of the old one is left to try. */
async function extended(
  api: Api,
  call: Parameters<Api>[0],
  signal: AbortSignal,
  lifetimeMs: number,
): Promise<number> {
  try {
    return claimed(await api({ ...call, signal })).lifetimeMs;
  } catch (thrown) {
    if (signal.aborted || !isRetryable(toCreditError(thrown))) throw thrown;
    return lifetimeMs / 2;
  }
}

/** The work is done: the credits are spent. */
export async function capture(api: Api, { account, op }: Run): Promise<Receipt> {
  const path = pathOf(op, "capture");
  return (await api({ method: "POST", path, body: { account }, retries: PATIENCE }))
    .body as Receipt;
}

/** The work is not done: the credits come back, and the reason is kept and shown. */
export async function release(api: Api, run: Run, reason: ReleaseReason): Promise<void> {
  const body = { account: run.account, reason };
  await api({ method: "POST", path: pathOf(run.op, "release"), body, retries: PATIENCE });
}

function pathOf(op: string, ...verb: readonly string[]): string {
  return ["/v1/holds", encodeURIComponent(op), ...verb].join("/");
}
