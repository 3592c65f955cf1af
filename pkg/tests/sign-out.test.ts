// Signing out: what it asks of the backend, how long it takes, and what stays of the account.
import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import { type CreditStorage, type Credits, createCredits } from "../src/index.js";
import { createCreditsServer } from "../src/server/index.js";
import { startBackend } from "./backend.js";
import { kindOf, openNetwork } from "./network.js";
import { watchUnderWay } from "./under-way.js";

/** What its documentation says, and more for a busy machine. */
const SIGN_OUT_MS_MAX = 4500;
/** `REQUESTS_MAX` of the rules. */
const REQUESTS_MAX = 4;
const SPENDS = 12;

const backend = await startBackend();
const network = await openNetwork(backend.endpoint);
const server = createCreditsServer(backend);
let accounts = 0;
let account = "";
let records: Map<string, string>;
afterAll(async () => {
  await network.down();
  await backend.stop();
});
beforeEach(async () => {
  accounts += 1;
  account = `leaving_${accounts}`;
  records = new Map();
  network.meddle = () => false;
  await server.grant({ account, credits: SPENDS, reason: "test" });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const storage = (more: Partial<CreditStorage> = {}): CreditStorage => ({
  load: async () => [...records.values()],
  save: async (op, record) => void records.set(op, record),
  forget: async (op) => void records.delete(op),
  ...more,
});

function open(of: CreditStorage = storage()): Credits {
  return createCredits({
    endpoint: network.endpoint,
    account,
    getToken: async () => (await server.mintToken(account)).token,
    storage: of,
  });
}

/** A client with that many spends, all of them held. */
async function spent(spends: number, of?: CreditStorage): Promise<Credits> {
  const credits = open(of);
  await credits.ready;
  for (let at = 0; at < spends; at += 1) credits.spend("image");
  await vi.waitFor(() => expect(credits.getSnapshot()).toMatchObject({ held: spends }), 10_000);
  return credits;
}

async function timed(work: Promise<unknown>): Promise<number> {
  const begunMs = Date.now();
  await work;
  return Date.now() - begunMs;
}

test("what is called off is asked for a few at a time, and all of it is", async () => {
  const credits = await spent(SPENDS);
  const most = watchUnderWay("/release");
  await credits.signOut();
  expect(network.count("release")).toBe(SPENDS);
  expect(most()).toBe(REQUESTS_MAX);
  expect(await server.account(account)).toMatchObject({ available: SPENDS, held: 0 });
  expect(records.size).toBe(0);
});

test("what waits to be asked for again is called off as well", async () => {
  const credits = open();
  await credits.ready;
  network.meddle = (call, response) => {
    if (kindOf(call) === "holds") response.destroy();
    return kindOf(call) === "holds";
  };
  const before = { holds: network.count("holds"), releases: network.count("release") };
  // Each wait is as long as it may be: the one after the third attempt longer than a sign-out.
  vi.spyOn(Math, "random").mockReturnValue(0.999);
  for (let at = 0; at < REQUESTS_MAX; at += 1) credits.spend("image");
  const asked = () => network.count("holds") - before.holds;
  await vi.waitFor(() => expect(asked()).toBe(3 * REQUESTS_MAX), 20_000);
  await credits.signOut();
  expect(network.count("release") - before.releases).toBe(REQUESTS_MAX);
});

test("work that has begun is waited for no longer than its refusal takes", async () => {
  const credits = await spent(2);
  const [op = ""] = credits.getSnapshot().spends.map((spend) => spend.op);
  let leftMs = 0;
  await server.withCredits({ account, operation: "image", op }, async () => {
    leftMs = await timed(credits.signOut());
  });
  expect(leftMs).toBeLessThan(1800);
  expect(await server.account(account)).toMatchObject({ settled: SPENDS - 1, held: 0 });
});

test("a network that hangs keeps nobody from signing out", async () => {
  const credits = await spent(SPENDS);
  network.meddle = () => true;
  expect(await timed(credits.signOut())).toBeLessThan(SIGN_OUT_MS_MAX);
  expect(credits.getSnapshot()).toMatchObject({ phase: "loading", shown: 0, spends: [] });
  expect(records.size).toBe(0);
});

test("nor does a storage that hangs", async () => {
  const hangs = storage({ forget: () => new Promise(() => {}) });
  const credits = await spent(2, hangs);
  network.meddle = () => true;
  expect(await timed(credits.signOut())).toBeLessThan(SIGN_OUT_MS_MAX);
});

test("what an earlier page left behind is forgotten, though it was never read", async () => {
  const earlier = await spent(1);
  earlier.close();
  expect(records.size).toBe(1);
  const credits = open(
    storage({ load: () => new Promise(() => {}), clear: async () => records.clear() }),
  );
  await credits.signOut();
  expect(records.size).toBe(0);
});
