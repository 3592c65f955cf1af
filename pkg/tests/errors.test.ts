import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  CREDIT_ERROR_CODES,
  CreditError,
  fromProblem,
  isCreditError,
  isOutcomeUnknown,
  isRetryable,
  PROMOTION_REFUSALS,
  toCreditError,
} from "../src/errors.js";
import { toProblemResponse } from "../src/server/index.js";

test.each(CREDIT_ERROR_CODES)("%s survives problem+json and the module's border", (code) => {
  expect(fromProblem(400, { code }).code).toBe(code);
  expect(toCreditError(Object.assign(new Error("from Rust"), { code })).code).toBe(code);
});

test("every code of the rules has its name here", () => {
  const rules = readFileSync(new URL("../../src/error.rs", import.meta.url), "utf8");
  const codes = [...rules.matchAll(/ = "(\w+)", \d+, \w+;/g)].map(([, code]) => code);
  expect(CREDIT_ERROR_CODES.slice(0, codes.length)).toEqual(codes);
});

test("a refusal keeps its details", () => {
  const body = { code: "insufficient_credits", detail: "short by 2", required: 3, available: 1 };
  const error = fromProblem(402, body, 2000);
  expect(error).toMatchObject({ status: 402, required: 3, available: 1, retryAfterMs: 2000 });
  expect(error.message).toBe("short by 2");
  expect(fromProblem(400, { code: "invalid_request", field: "credits" }).field).toBe("credits");
});

test("why a code is refused is told in a word that this version knows, or not at all", () => {
  const refused = (reason: string) => fromProblem(422, { code: "promotion_invalid", reason });
  expect(PROMOTION_REFUSALS.map((reason) => refused(reason).reason)).toEqual(PROMOTION_REFUSALS);
  expect(refused("unheard_of").reason).toBeUndefined();
  const rules = readFileSync(new URL("../../src/pricing/deal.rs", import.meta.url), "utf8");
  const [, words = ""] = /enum PromotionRefusal \{(.*?)\n {4}\}/s.exec(rules) ?? [];
  expect([...words.matchAll(/ = "(\w+)",/g)].map(([, word]) => word)).toEqual(PROMOTION_REFUSALS);
});

test("a 5xx without a known code tells nothing about the outcome", () => {
  expect(isOutcomeUnknown(fromProblem(502, "<html>bad gateway"))).toBe(true);
  expect(isOutcomeUnknown(fromProblem(500, { code: "unheard_of" }))).toBe(true);
  expect(isOutcomeUnknown(fromProblem(503, { code: "overloaded" }))).toBe(false);
  expect(isRetryable(fromProblem(503, { code: "overloaded" }))).toBe(true);
  expect(isRetryable(fromProblem(418, {}))).toBe(false);
  expect(isRetryable(fromProblem(402, { code: "insufficient_credits" }))).toBe(false);
});

test("the shape makes a credit error, not the class", () => {
  const foreign = Object.assign(new Error("other copy"), { name: "CreditError", code: "network" });
  expect(isCreditError(foreign)).toBe(true);
  expect(isCreditError(new CreditError("closed", "closed"))).toBe(true);
  expect(isCreditError(Object.assign(new Error("no file"), { code: "ENOENT" }))).toBe(false);
  expect(isCreditError({ name: "CreditError", code: "network" })).toBe(false);
});

test("a denial reaches the page as 402 with what is missing", async () => {
  const details = { status: 402, required: 1, available: 0 };
  const response = toProblemResponse(new CreditError("insufficient_credits", "none", details));
  expect(response.status).toBe(402);
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  const body = { code: "insufficient_credits", status: 402, required: 1, available: 0 };
  expect(await response.json()).toMatchObject(body);
});

test("a busy backend's answer keeps its Retry-After", () => {
  const error = new CreditError("overloaded", "busy", { status: 503, retryAfterMs: 1500 });
  expect(toProblemResponse(error).headers.get("retry-after")).toBe("2");
});

test.each([
  new Error("password=hunter2"),
  new CreditError("token_invalid", "sk_live_123 is not known", { status: 401 }),
])("a server's own trouble gives nothing away", async (error) => {
  const response = toProblemResponse(error);
  expect(response.status).toBe(500);
  expect(await response.json()).toMatchObject({
    code: "internal",
    detail: "The work could not be done.",
  });
});
