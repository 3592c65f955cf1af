/**
 * The server's side of credits: run work on credits that are set aside before it starts, spent when
 * it is done and returned when it fails. Plain `fetch`; no Wasm, nothing of Node.
 *
 * @module
 */

import { CreditError } from "../errors.js";
import type { Entry } from "../history.js";
import type { Checkout } from "../purchases.js";
import type { IncomingPurchase } from "../snapshot.js";
import { uuidv7 } from "../uuid.js";
import { createApi } from "./api.js";
import {
  runWithCredits,
  type Unsettled,
  type WorkContext,
  type WorkDone,
  type WorkRequest,
} from "./run.js";

export { CreditError, type CreditErrorCode, isCreditError } from "../errors.js";
export type { Entry } from "../history.js";
export type { Checkout, ClosedCheckout, OpenCheckout } from "../purchases.js";
export { uuidv7 } from "../uuid.js";
export type { Receipt } from "./hold.js";
export { toProblemResponse } from "./problem.js";
export {
  InvalidOutputError,
  type Unsettled,
  type WorkContext,
  type WorkDone,
  type WorkRequest,
} from "./run.js";

export interface CreditsServerOptions {
  /** The backend's address, such as `https://credits.example.com`. */
  readonly endpoint: string;
  /**
   * `sk_…`, as `creditpackd init` made it; never leaves the server. Without one, as where its
   * environment variable is not set, this throws `invalid_request`.
   */
  readonly secretKey: string | undefined;
  /** In place of the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /**
   * Hears of credits whose capture or release stayed unconfirmed after all retries: the hold will
   * expire by itself. And of those to {@link CreditsServer.refund}: nothing else gives them back.
   * Default: one line to `console.error`.
   */
  readonly onUnsettled?: ((unsettled: Unsettled) => void) | undefined;
}

/** A token for one account's page; as JSON, it is what `<credit-provider token-url>` expects. */
export interface ClientToken {
  readonly token: string;
  /** Unix milliseconds. */
  readonly expiresAtMs: number;
}

/** One consistent read of an account, in whole credits. */
export interface AccountSnapshot {
  readonly account: string;
  readonly epoch: string;
  readonly version: number;
  readonly settled: number;
  readonly held: number;
  readonly available: number;
  readonly holds: readonly {
    readonly op: string;
    readonly operation: string;
    readonly credits: number;
    readonly createdAtMs: number;
    readonly expiresAtMs: number;
    readonly claimed: boolean;
  }[];
  readonly incoming: readonly IncomingPurchase[];
  readonly serverTimeMs: number;
}

export interface Grant {
  readonly account: string;
  /** Whole credits, not 0; negative takes away, at most what is available. */
  readonly credits: number;
  /** For people, 1 to 200 characters. */
  readonly reason: string;
  /** The same id grants once, whatever the account. Made if left out. */
  readonly id?: string | undefined;
  /** Who decided it, kept in the entry. */
  readonly actor?: string | undefined;
}

export interface Refund {
  readonly account: string;
  /** A spent one: captured, or of an operation that settles at once. */
  readonly op: string;
  /** Whole credits, at least 1; all that is left of the spend if left out. */
  readonly credits?: number | undefined;
  /** For people, 1 to 200 characters. */
  readonly reason: string;
  /** The same id gives back once. Made if left out; your own outlives a crash of this server. */
  readonly id?: string | undefined;
}

/** Calls the backend with the secret key. Every method may throw CreditError. */
export interface CreditsServer {
  /** A token for `account`'s page, living `ttlS` seconds, 1 to 900; default 900. */
  mintToken(account: string, options?: { readonly ttlS?: number }): Promise<ClientToken>;
  /**
   * Sets credits aside, runs `work`, and spends them when it is done. If `work` throws, they come
   * back: `failed`, or `invalid_output` for an {@link InvalidOutputError}, or `cancelled` once
   * `signal` has aborted. Of any number of calls with one op, `work` runs in one only.
   *
   * An operation that settles at once is spent before `work` runs. If `work` then throws, nothing
   * gives the credits back but {@link CreditsServer.refund}: `onUnsettled` hears of it, as `refund`.
   *
   * @throws CreditError before `work` runs: `insufficient_credits` (402), `hold_claimed` if another
   * run has the op, `already_captured`, `already_released`, `cancelled`, `op_conflict`,
   * `op_too_old`; `network` or `store_unavailable` if the backend gave no verdict, once credits
   * that it may have set aside all the same are given back, or `onUnsettled` has heard of them.
   * Else whatever `work` throws.
   */
  withCredits<T>(
    request: WorkRequest,
    work: (context: WorkContext) => Promise<T> | T,
  ): Promise<WorkDone<T>>;
  /**
   * Gives credits, or takes them away; the entry that did it.
   *
   * @throws CreditError `insufficient_credits` if more is to be taken than is available,
   * `checkout_conflict` if the id was used for another grant.
   */
  grant(grant: Grant): Promise<{ readonly id: string; readonly entry: Entry }>;
  /**
   * Gives back what an op spent, whole or in parts, never more than that; the entry that did it.
   * The buyer's history shows it with the spend.
   *
   * @throws CreditError `exceeds_hold` if more is asked for than was spent and not given back yet,
   * `unknown_op` for another account's, `already_released` or `hold_expired` if nothing was spent,
   * `checkout_conflict` if the id was used for another refund.
   */
  refund(refund: Refund): Promise<{ readonly id: string; readonly entry: Entry }>;
  /** The account as it is now; one never seen is empty. */
  account(account: string): Promise<AccountSnapshot>;
  /** How a checkout stands; the backend asks the payment provider while it is not settled. */
  checkoutStatus(account: string, id: string): Promise<Checkout>;
}

/** Opens the backend to this server. */
export function createCreditsServer(options: CreditsServerOptions): CreditsServer {
  const endpoint = options.endpoint.replace(/\/+$/, "");
  const fetch: typeof globalThis.fetch = options.fetch ?? ((...call) => globalThis.fetch(...call));
  const api = createApi({ endpoint, secretKey: checkedKey(options.secretKey), fetch });
  const onUnsettled = options.onUnsettled ?? reportUnsettled;
  const get = async (path: string) => (await api({ method: "GET", path })).body;
  const post = async (path: string, body: object) =>
    (await api({ method: "POST", path, body })).body;

  return {
    mintToken: async (account, { ttlS } = {}) =>
      (await post("/v1/tokens", { account, ttl_s: ttlS })) as ClientToken,
    withCredits: (request, work) => runWithCredits(api, request, work, onUnsettled),
    grant: async ({ id = uuidv7(), ...grant }) =>
      (await post("/v1/grants", { id, ...grant })) as { id: string; entry: Entry },
    refund: async ({ id = uuidv7(), ...refund }) =>
      (await post("/v1/refunds", { id, ...refund })) as { id: string; entry: Entry },
    account: async (account) =>
      (await get(`/v1/account?account=${encodeURIComponent(account)}`)) as AccountSnapshot,
    checkoutStatus: async (account, id) =>
      (await get(
        `/v1/checkouts/${encodeURIComponent(id)}?account=${encodeURIComponent(account)}`,
      )) as Checkout,
  };
}

/** A missing key would otherwise show only as refused work, long after the start. */
function checkedKey(secretKey: string | undefined): string {
  if (secretKey?.startsWith("sk_")) return secretKey;
  const words = secretKey ? 'The secretKey must begin with "sk_".' : "The secretKey is missing.";
  throw new CreditError("invalid_request", words, { field: "secretKey" });
}

function reportUnsettled({ account, op, ending, error }: Unsettled): void {
  const what = ending === "refund" ? "is needed" : "is unconfirmed";
  console.error(`creditpack: ${ending} of op ${op} (${account}) ${what}: ${error.code}`);
}
