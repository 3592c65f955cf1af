import { CreditError, type CreditErrorCode, isCreditError } from "../errors.js";

/** Statuses of codes that carry none of their own because no backend said them. */
const STATUS: Partial<Record<CreditErrorCode, number>> = {
  invalid_request: 400,
  insufficient_credits: 402,
  cancelled: 409,
  already_captured: 409,
  already_released: 409,
  hold_claimed: 409,
  hold_expired: 409,
  not_found: 404,
  rate_limited: 429,
  network: 503,
  overloaded: 503,
  store_unavailable: 503,
};

/** Codes that are this server's own trouble: a page must not mistake them for its own. */
const OUR_FAULT = new Set<CreditErrorCode>([
  "token_missing",
  "token_invalid",
  "token_expired",
  "forbidden",
  "internal",
]);

/**
 * Any error as an `application/problem+json` answer for the page: 402 with `required` and
 * `available` when credits are short, so that it can offer packs. What is no credit error, or
 * speaks of this server's own key, is a plain 500 that gives nothing away.
 */
export function toProblemResponse(error: unknown): Response {
  const known = isCreditError(error) && !OUR_FAULT.has(error.code);
  const problem = known ? error : new CreditError("internal", "The work could not be done.");
  const status = known ? (error.status ?? STATUS[error.code] ?? 500) : 500;
  const headers = new Headers({
    "content-type": "application/problem+json",
    "cache-control": "no-store",
  });
  if (problem.retryAfterMs !== undefined) {
    headers.set("retry-after", String(Math.ceil(problem.retryAfterMs / 1000)));
  }
  return new Response(JSON.stringify(body(problem, status)), { status, headers });
}

function body(error: CreditError, status: number) {
  return {
    type: "about:blank",
    title: error.code.replaceAll("_", " "),
    status,
    detail: error.message,
    code: error.code,
    field: error.field,
    required: error.required,
    available: error.available,
  };
}
