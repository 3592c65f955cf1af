/** The backend's refusals, in the order of the protocol's table. */
const PROTOCOL_CODES = [
  "invalid_request",
  "token_missing",
  "token_invalid",
  "token_expired",
  "insufficient_credits",
  "forbidden",
  "unknown_op",
  "unknown_checkout",
  "not_found",
  "method_not_allowed",
  "cancelled",
  "op_conflict",
  "checkout_conflict",
  "price_changed",
  "already_captured",
  "already_released",
  "hold_expired",
  "hold_claimed",
  "exceeds_hold",
  "op_too_old",
  "body_too_large",
  "unsupported_media_type",
  "unknown_operation",
  "unknown_pack",
  "promotion_invalid",
  "url_not_allowed",
  "rate_limited",
  "overloaded",
  "payments_not_configured",
  "provider_unavailable",
  "store_unavailable",
] as const;

/**
 * Every stable error code, once: the protocol's, and what only a client can meet. That is `network`
 * (no answer), `not_ready` (no catalog or balance yet), `overcommitted` (credits were spent
 * elsewhere while own spends were on their way), `closed` (after `close()`), and `internal` (a fault
 * of our own, or an answer that makes no sense).
 */
export const CREDIT_ERROR_CODES = [
  ...PROTOCOL_CODES,
  "network",
  "not_ready",
  "overcommitted",
  "closed",
  "internal",
] as const;

/** One of {@link CREDIT_ERROR_CODES}: the word that Rust, HTTP and TypeScript share. */
export type CreditErrorCode = (typeof CREDIT_ERROR_CODES)[number];

/** Why a promotion's code is not good for a purchase, in the order in which it is decided. */
export const PROMOTION_REFUSALS = [
  "unknown",
  "not_started",
  "ended",
  "pack_too_small",
  "other_currency",
  "not_first_purchase",
  "used_by_account",
  "used_up",
  "price_too_low",
] as const;

/** One of {@link PROMOTION_REFUSALS}. */
export type PromotionRefusal = (typeof PROMOTION_REFUSALS)[number];

/** What is known about a refusal beside its code and its words. */
export interface CreditErrorDetails {
  /** HTTP status of the answer; absent when there was none. */
  readonly status?: number | undefined;
  /** The request field that was refused. */
  readonly field?: string | undefined;
  /** Of `promotion_invalid`: why the code is not good for this purchase. */
  readonly reason?: PromotionRefusal | undefined;
  /** Whole credits the operation needs. */
  readonly required?: number | undefined;
  /** Whole credits that were available. */
  readonly available?: number | undefined;
  /** How long to wait before asking again, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/** The one error type of this package. Compare `code`, never `message`. */
export class CreditError extends Error {
  override readonly name = "CreditError";
  declare readonly code: CreditErrorCode;
  declare readonly status: number | undefined;
  declare readonly field: string | undefined;
  declare readonly reason: PromotionRefusal | undefined;
  declare readonly required: number | undefined;
  declare readonly available: number | undefined;
  declare readonly retryAfterMs: number | undefined;

  constructor(code: CreditErrorCode, message: string, details: CreditErrorDetails = {}) {
    const { cause, ...others } = details;
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    Object.assign(this, others);
  }
}

/**
 * Whether `error` is a {@link CreditError}, also one of another copy of this package: `instanceof`
 * is silently false between two installs, so the shape decides.
 */
export function isCreditError(error: unknown): error is CreditError {
  return error instanceof Error && isKnownCode(codeOf(error)) && error.name === "CreditError";
}

/** `error` as a {@link CreditError}; keeps code and details of anything error-shaped. */
export function toCreditError(error: unknown): CreditError {
  if (isCreditError(error)) return error;
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  const details = { ...detailsOf(error), cause: error };
  return new CreditError(isKnownCode(code) ? code : "internal", message, details);
}

/**
 * A refusal from its `application/problem+json` body. A body without a known code tells nothing
 * about the outcome when the status is 5xx: that reads as `store_unavailable`.
 */
export function fromProblem(
  status: number,
  body: unknown,
  retryAfterMs?: number | undefined,
): CreditError {
  const problem = typeof body === "object" && body !== null ? body : {};
  const code = codeOf(problem);
  const words = fieldOf(problem, "detail", "string") ?? fieldOf(problem, "title", "string");
  const details = { ...detailsOf(problem), status, retryAfterMs };
  const known = isKnownCode(code) ? code : codeForStatus(status);
  return new CreditError(known, words ?? `The backend answered ${status}.`, details);
}

/** Whether the request may have had its effect although no verdict arrived: ask again, same op. */
export function isOutcomeUnknown(error: CreditError): boolean {
  if (error.code === "network" || error.code === "store_unavailable") return true;
  return error.code === "internal" && (error.status ?? 0) >= 500;
}

/** Refusals after which nothing was done, and which may go as they came. */
const RETRYABLE: ReadonlySet<CreditErrorCode> = new Set([
  "rate_limited",
  "overloaded",
  "provider_unavailable",
] as const);

/** Whether the same request may be sent again: unknown outcomes and "not now" answers. */
export function isRetryable(error: CreditError): boolean {
  return isOutcomeUnknown(error) || RETRYABLE.has(error.code);
}

function isKnownCode(code: unknown): code is CreditErrorCode {
  return (CREDIT_ERROR_CODES as readonly unknown[]).includes(code);
}

function codeOf(value: unknown): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, "code") : undefined;
}

function codeForStatus(status: number): CreditErrorCode {
  if (status >= 500) return "store_unavailable";
  return status === 404 ? "not_found" : status === 429 ? "rate_limited" : "internal";
}

function detailsOf(value: unknown): CreditErrorDetails {
  if (typeof value !== "object" || value === null) return {};
  return {
    status: fieldOf(value, "status", "number"),
    field: fieldOf(value, "field", "string"),
    reason: refusalOf(value),
    required: fieldOf(value, "required", "number"),
    available: fieldOf(value, "available", "number"),
    retryAfterMs: fieldOf(value, "retryAfterMs", "number"),
  };
}

/** A reason that this version knows; a newer backend's is left out. */
function refusalOf(value: object): PromotionRefusal | undefined {
  const reason = fieldOf(value, "reason", "string");
  return PROMOTION_REFUSALS.find((known) => known === reason);
}

function fieldOf(value: object, key: string, type: "number"): number | undefined;
function fieldOf(value: object, key: string, type: "string"): string | undefined;
function fieldOf(value: object, key: string, type: string): unknown {
  const found: unknown = Reflect.get(value, key);
  return typeof found === type ? found : undefined;
}
