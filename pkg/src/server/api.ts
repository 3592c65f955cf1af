import { fromWire } from "../casing.js";
import { CreditError, fromProblem, isOutcomeUnknown, toCreditError } from "../errors.js";
import { type RetryPolicy, withRetries } from "../retry.js";
import { retryAfterMs } from "./retry-after.js";

/** Where the backend is and what opens it. */
export interface ApiConfig {
  readonly endpoint: string;
  readonly secretKey: string;
  readonly fetch: typeof globalThis.fetch;
}

/** One answered call: its status, its body in camelCase, and the backend's clock. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  /** From the `Date` header, Unix milliseconds; our own clock where there is none. */
  readonly serverTimeMs: number;
}

export interface Call {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: object;
  /** Ends the wait for an answer; what was asked may have happened all the same. */
  readonly signal?: AbortSignal | undefined;
  readonly retries?: Pick<RetryPolicy, "attempts"> | undefined;
  /** Called for each try that was not answered: what it asked may have happened. */
  readonly onUnknown?: () => void;
}

/** Sends calls with the secret key. */
export type Api = (call: Call) => Promise<Answer>;

/** An unanswered call is an unknown outcome after this long, and is asked again. */
const ANSWER_MS_MAX = 10_000;
const RETRIES: RetryPolicy = { attempts: 5, pauseMs: 200, pauseMsMax: 4000 };

/**
 * Calls to the backend. Every POST of this package carries its own op, claim or id, so an unknown
 * outcome (no answer, or a 5xx) is simply asked again.
 */
export function createApi(config: ApiConfig): Api {
  return (call) =>
    withRetries({ ...RETRIES, ...call.retries, signal: call.signal }, () =>
      once(config, call).catch((thrown: unknown) => {
        if (isOutcomeUnknown(toCreditError(thrown))) call.onUnknown?.();
        throw thrown;
      }),
    );
}

async function once(config: ApiConfig, call: Call): Promise<Answer> {
  const response = await answered(config, call);
  const text = await response.text().catch(noAnswer);
  const body = parsed(text);
  if (!response.ok) {
    throw fromProblem(response.status, body, retryAfterMs(response.headers));
  }
  if (body === undefined) throw noAnswer("The backend's answer was not JSON.");
  const date = Date.parse(response.headers.get("date") ?? "");
  return {
    status: response.status,
    body: fromWire(body),
    serverTimeMs: Number.isNaN(date) ? Date.now() : date,
  };
}

function answered({ endpoint, secretKey, fetch }: ApiConfig, call: Call): Promise<Response> {
  const timeout = AbortSignal.timeout(ANSWER_MS_MAX);
  const headers: Record<string, string> = { authorization: `Bearer ${secretKey}` };
  if (call.body) headers["content-type"] = "application/json";
  return fetch(endpoint + call.path, {
    method: call.method,
    headers,
    signal: call.signal ? AbortSignal.any([call.signal, timeout]) : timeout,
    ...(call.body && { body: JSON.stringify(call.body) }),
  }).catch(noAnswer);
}

function noAnswer(cause: unknown): never {
  throw new CreditError("network", "The credits backend gave no answer.", { cause });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
