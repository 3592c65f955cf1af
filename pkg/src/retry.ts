import { onAbort } from "./abort.js";
import { isRetryable, toCreditError } from "./errors.js";

/** How often and how patiently a request is repeated. */
export interface RetryPolicy {
  /** Tries in all, the first included. */
  readonly attempts: number;
  /** Longest pause before the second try, in milliseconds; doubles per try, up to `pauseMsMax`. */
  readonly pauseMs: number;
  readonly pauseMsMax: number;
  readonly signal?: AbortSignal | undefined;
}

/** For a request that is answered, or acts, once however often it is sent. */
export const REPEATABLE: RetryPolicy = { attempts: 3, pauseMs: 400, pauseMsMax: 3000 };
/** A backend that wants to be left alone for longer is left alone, and the caller told. */
const RETRY_AFTER_MS_MAX = 30_000;

/**
 * Runs `request` until it answers, is refused for good, or `attempts` are used up. Only for
 * requests that carry their own op or id, so that a repetition cannot act twice.
 *
 * @throws CreditError of the last try, or the signal's reason.
 */
export async function withRetries<T>(policy: RetryPolicy, request: () => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await request();
    } catch (thrown) {
      policy.signal?.throwIfAborted();
      const error = toCreditError(thrown);
      const isLast = tried >= policy.attempts || (error.retryAfterMs ?? 0) > RETRY_AFTER_MS_MAX;
      if (isLast || !isRetryable(error)) throw error;
      await pause(pauseBefore(tried, policy, error.retryAfterMs), policy.signal);
    }
  }
}

/** Full jitter, so that many callers of one recovering backend do not come back together. */
function pauseBefore(tried: number, policy: RetryPolicy, retryAfterMs = 0): number {
  const ceiling = Math.min(policy.pauseMs * 2 ** (tried - 1), policy.pauseMsMax);
  return retryAfterMs + Math.random() * ceiling;
}

/** `answer`, or a rejection if it takes longer than `ms` milliseconds, or the signal aborts. */
export function within<T>(ms: number, answer: Promise<T>, signal?: AbortSignal): Promise<T> {
  const over = new AbortController();
  const ignore = onAbort(signal, () => over.abort(signal?.reason));
  const late = pause(ms, over.signal).then(() => {
    throw new Error(`No answer within ${ms / 1000} seconds.`);
  });
  return Promise.race([answer, late]).finally(() => {
    ignore();
    over.abort();
  });
}

/** Resolves after `ms` milliseconds; rejects with the signal's reason once it aborts. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      ignore();
      resolve();
    }, ms);
    const ignore = onAbort(signal, () => {
      clearTimeout(timer);
      reject(signal?.reason);
    });
  });
}
