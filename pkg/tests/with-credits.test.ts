import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import {
  type CreditsServer,
  createCreditsServer,
  InvalidOutputError,
  isCreditError,
  type Unsettled,
  uuidv7,
} from "../src/server/index.js";
import { type Backend, draftAtOnce, startBackend } from "./backend.js";

let backend: Backend;
let server: CreditsServer;
let accounts = 0;
const unsettled: Unsettled[] = [];

beforeAll(async () => {
  backend = await startBackend({}, draftAtOnce);
  server = createCreditsServer({ ...backend, onUnsettled: (one) => unsettled.push(one) });
});
afterEach(() => expect(unsettled.splice(0)).toEqual([]));
afterAll(() => backend.stop());

/** An account of its own for one test, with `credits` to spend. */
async function accountWith(credits: number): Promise<string> {
  accounts += 1;
  const account = `user_${accounts}`;
  if (credits > 0) await server.grant({ account, credits, reason: "test" });
  return account;
}

/** A call with the token of `account`'s page, as its browser would make it. */
async function fromBrowser(account: string, path: string, body: object): Promise<Response> {
  const { token } = await server.mintToken(account, { ttlS: 60 });
  return fetch(backend.endpoint + path, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ account, ...body }),
  });
}

function holdFromBrowser(account: string, op: string): Promise<Response> {
  return fromBrowser(account, "/v1/holds", { op, operation: "image", created_at_ms: Date.now() });
}

/** The code that `promise` is refused with. */
function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "no error",
    (error) => (isCreditError(error) ? error.code : `${error}`),
  );
}

async function balanceOf(account: string): Promise<{ settled: number; held: number }> {
  const { settled, held } = await server.account(account);
  return { settled, held };
}

test("finished work is charged, and its credits are held while it runs", async () => {
  const account = await accountWith(5);
  const { result, receipt } = await server.withCredits({ account, operation: "image" }, async () =>
    balanceOf(account),
  );
  expect(result).toEqual({ settled: 5, held: 1 });
  expect(receipt).toMatchObject({ verdict: "applied", state: "captured", credits: 1 });
  expect(await balanceOf(account)).toEqual({ settled: 4, held: 0 });
});

test.each([
  ["failed", () => new Error("the model is down")],
  ["invalid_output", () => new InvalidOutputError("not a picture")],
])("work that throws is not charged: %s", async (reason, makeError) => {
  const account = await accountWith(5);
  const op = uuidv7();
  const error = makeError();
  const work = server.withCredits({ account, operation: "image", op }, () => {
    throw error;
  });
  await expect(work).rejects.toBe(error);
  expect(await balanceOf(account)).toEqual({ settled: 5, held: 0 });
  expect(await receiptOf(account, op)).toMatchObject({ state: "released", reason });
});

test("work whose caller went away is not charged, even if it finished", async () => {
  const account = await accountWith(5);
  const op = uuidv7();
  const caller = new AbortController();
  const request = { account, operation: "image", op, signal: caller.signal };
  const work = server.withCredits(request, async ({ signal }) => {
    caller.abort(new Error("the tab was closed"));
    expect(signal.aborted).toBe(true);
    return "finished all the same";
  });
  await expect(work).rejects.toThrow("the tab was closed");
  expect(await receiptOf(account, op)).toMatchObject({ state: "released", reason: "cancelled" });
});

test("without credits the work never starts", async () => {
  const account = await accountWith(0);
  let started = false;
  const work = server.withCredits({ account, operation: "image" }, () => {
    started = true;
  });
  await expect(work).rejects.toMatchObject({
    code: "insufficient_credits",
    status: 402,
    required: 1,
    available: 0,
  });
  expect(started).toBe(false);
});

test("of two runs on one op, one works and one is charged", async () => {
  const account = await accountWith(5);
  const op = uuidv7();
  let runs = 0;
  let finish = () => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const run = () =>
    server.withCredits({ account, operation: "image", op }, async () => {
      runs += 1;
      await finished;
    });
  const both = [run(), run()];
  const refused = await Promise.race(both.map(codeOf));
  finish();
  const codes = await Promise.all(both.map(codeOf));
  expect(refused).toBe("hold_claimed");
  expect(codes.sort()).toEqual(["hold_claimed", "no error"]);
  expect(runs).toBe(1);
  expect(await balanceOf(account)).toEqual({ settled: 4, held: 0 });
});

test("an op that was finished once never runs again", async () => {
  const account = await accountWith(5);
  const op = uuidv7();
  await server.withCredits({ account, operation: "image", op }, () => "first");
  const again = server.withCredits({ account, operation: "image", op }, () => "again");
  expect(await codeOf(again)).toBe("already_captured");
  expect(await balanceOf(account)).toEqual({ settled: 4, held: 0 });
});

test("a hold that the browser made is claimed, worked on and captured", async () => {
  const account = await accountWith(5);
  const op = uuidv7();
  expect((await holdFromBrowser(account, op)).status).toBe(201);
  const { receipt } = await server.withCredits({ account, operation: "image", op }, async () => {
    const release = { reason: "cancelled" };
    const late = await fromBrowser(account, `/v1/holds/${op}/release`, release);
    expect(late.status).toBe(409);
  });
  expect(receipt).toMatchObject({ op, state: "captured" });
  expect(await balanceOf(account)).toEqual({ settled: 4, held: 0 });
});

test("an op that the browser took back never runs", async () => {
  const account = await accountWith(5);
  const op = uuidv7();
  await holdFromBrowser(account, op);
  const release = { reason: "cancelled" };
  expect((await fromBrowser(account, `/v1/holds/${op}/release`, release)).status).toBe(200);
  let started = false;
  const work = server.withCredits({ account, operation: "image", op }, () => {
    started = true;
  });
  expect(await codeOf(work)).toBe("already_released");
  expect(started).toBe(false);
  expect(await balanceOf(account)).toEqual({ settled: 5, held: 0 });
});

test("an op that the browser took back before any hold is refused", async () => {
  const account = await accountWith(5);
  const op = uuidv7();
  await fromBrowser(account, `/v1/holds/${op}/release`, { reason: "cancelled" });
  const work = server.withCredits({ account, operation: "image", op }, () => "worked");
  expect(await codeOf(work)).toBe("cancelled");
});

test("an op belongs to its operation", async () => {
  const account = await accountWith(5);
  const op = uuidv7();
  await holdFromBrowser(account, op);
  const work = server.withCredits({ account, operation: "draft", op }, () => "worked");
  expect(await codeOf(work)).toBe("op_conflict");
});

test("an operation that settles at once is spent before its work, which runs once", async () => {
  const account = await accountWith(5);
  const op = uuidv7();
  const request = { account, operation: "draft", op };
  const { result, receipt } = await server.withCredits(request, () => balanceOf(account));
  expect(result).toEqual({ settled: 4, held: 0 });
  expect(receipt).toMatchObject({ op, state: "debited", credits: 1 });
  expect(await codeOf(server.withCredits(request, () => "again"))).toBe("already_captured");
  expect(await balanceOf(account)).toEqual({ settled: 4, held: 0 });
});

test("failed work that was spent at once is told to whoever can give the credits back", async () => {
  const account = await accountWith(5);
  const op = uuidv7();
  const error = new Error("the model is down");
  const work = server.withCredits({ account, operation: "draft", op }, () => {
    throw error;
  });
  await expect(work).rejects.toBe(error);
  expect(unsettled.splice(0)).toMatchObject([
    { account, op, ending: "refund", error: { code: "internal", cause: error } },
  ]);
});

test("an op as old as the backend no longer remembers never runs", async () => {
  const account = await accountWith(5);
  let started = false;
  const op = uuidv7(Date.now() - 8 * 24 * 3600 * 1000);
  const work = server.withCredits({ account, operation: "image", op }, () => {
    started = true;
  });
  expect(await codeOf(work)).toBe("op_too_old");
  expect(started).toBe(false);
});

test("an op of a clock that is ahead counts as made now", async () => {
  const account = await accountWith(5);
  const op = uuidv7(Date.now() + 3600 * 1000);
  const done = await server.withCredits({ account, operation: "image", op }, () => "done");
  expect(done.result).toBe("done");
});

test.each([undefined, "", "pk_public"])("the key %j is refused at once", (secretKey) => {
  expect(() => createCreditsServer({ endpoint: backend.endpoint, secretKey })).toThrow(
    expect.objectContaining({ code: "invalid_request", field: "secretKey" }),
  );
});

test("a grant happens once per id", async () => {
  const account = await accountWith(0);
  const grant = { id: uuidv7(), account, credits: 7, reason: "welcome", actor: "support" };
  const first = await server.grant(grant);
  expect(first.entry).toMatchObject({ kind: "grant", credits: 7, settled: 7, version: 1 });
  expect(await server.grant(grant)).toEqual(first);
  expect(await balanceOf(account)).toEqual({ settled: 7, held: 0 });
});

test("what an op spent is given back in parts, once per id, and never more", async () => {
  const account = await accountWith(5);
  const op = uuidv7();
  await server.withCredits({ account, operation: "image", quantity: 3, op }, () => "blurred");
  expect(await balanceOf(account)).toEqual({ settled: 2, held: 0 });
  const refund = { id: uuidv7(), account, op, credits: 1, reason: "one of them is blurred" };
  const first = await server.refund(refund);
  expect(first.id).toBe(refund.id);
  expect(first.entry).toMatchObject({ kind: "refund", op, credits: 1, settled: 3 });
  expect(await server.refund(refund)).toEqual(first);
  expect(await codeOf(server.refund({ ...refund, credits: 2 }))).toBe("checkout_conflict");
  expect(await codeOf(server.refund({ account, op, credits: 3, reason: "more" }))).toBe(
    "exceeds_hold",
  );
  const rest = await server.refund({ account, op, reason: "all of them are" });
  expect(rest.entry).toMatchObject({ credits: 2, reason: "all of them are", settled: 5 });
  expect(await receiptOf(account, op)).toMatchObject({ state: "refunded" });
  expect(await codeOf(server.refund({ account, op, reason: "again" }))).toBe("exceeds_hold");
});

test("an op that spent nothing gives nothing back", async () => {
  const [account, other] = [await accountWith(5), await accountWith(5)];
  const [spent, released] = [uuidv7(), uuidv7()];
  await server.withCredits({ account, operation: "draft", op: spent }, () => "at once");
  const failing = () => {
    throw new Error("the model is down");
  };
  await codeOf(server.withCredits({ account, operation: "image", op: released }, failing));
  const codes: unknown[] = [];
  for (const [whose, op] of [
    [other, spent],
    [account, released],
    [account, uuidv7()],
    [account, "no op"],
  ] as const) {
    codes.push(await codeOf(server.refund({ account: whose, op, reason: "please" })));
  }
  expect(codes).toEqual(["unknown_op", "already_released", "unknown_op", "invalid_request"]);
  await server.refund({ account, op: spent, reason: "it failed" });
  expect(await balanceOf(account)).toEqual({ settled: 5, held: 0 });
});

async function receiptOf(account: string, op: string): Promise<unknown> {
  const response = await fetch(`${backend.endpoint}/v1/holds/${op}?account=${account}`, {
    headers: { authorization: `Bearer ${backend.secretKey}` },
  });
  return response.json();
}
