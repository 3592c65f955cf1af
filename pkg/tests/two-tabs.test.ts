// Two tabs of one browser, each with the real module, and the real backend.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { type CreditStorage, type Credits, createCredits } from "../src/index.js";
import { type CreditsServer, createCreditsServer } from "../src/server/index.js";
import { type Backend, startBackend } from "./backend.js";
import { MemoryLocks } from "./locks.js";

let backend: Backend;
let server: CreditsServer;
let accounts = 0;
let account = "";
/** What this browser has stored, by account. */
let stored: Map<string, Map<string, string>>;
/** The paths of all requests to the backend. */
let asked: string[];
const opened: Credits[] = [];

beforeAll(async () => {
  backend = await startBackend();
  server = createCreditsServer(backend);
});
afterAll(() => backend.stop());
beforeEach(async () => {
  accounts += 1;
  account = `tabs_${accounts}`;
  stored = new Map();
  await server.grant({ account, credits: 5, reason: "test" });
  vi.stubGlobal("navigator", { locks: new MemoryLocks() });
  asked = [];
  const { fetch } = globalThis;
  vi.stubGlobal("fetch", (input: string | URL | Request, init?: RequestInit) => {
    asked.push(new URL(input instanceof Request ? input.url : input).pathname);
    return fetch(input, init);
  });
});
afterEach(() => {
  for (const credits of opened.splice(0)) credits.close();
  vi.unstubAllGlobals();
});

async function open(of = account): Promise<Credits> {
  const credits = createCredits({
    endpoint: backend.endpoint,
    account: of,
    getToken: async () => (await server.mintToken(of)).token,
    storage: storage(of),
  });
  opened.push(credits);
  await credits.ready;
  return credits;
}

function storage(of: string): CreditStorage {
  const records = stored.get(of) ?? new Map<string, string>();
  stored.set(of, records);
  return {
    load: async () => [...records.values()],
    save: async (op, record) => void records.set(op, record),
    forget: async (op) => void records.delete(op),
  };
}

const shown = (...tabs: Credits[]) => tabs.map((tab) => tab.getSnapshot().shown);
const streams = () => asked.filter((path) => path === "/v1/account/stream").length;

test("two tabs share one stream, and what the second shows it learned from the first", async () => {
  const first = await open();
  await vi.waitFor(() => expect(streams()).toBe(1));
  asked = asked.filter((path) => path !== "/v1/account");
  const second = await open();
  await server.grant({ account, credits: 2, reason: "test" });
  await vi.waitFor(() => expect(shown(first, second)).toEqual([7, 7]));
  expect(streams()).toBe(1);
  expect(asked).not.toContain("/v1/account");
  expect(second.getSnapshot().phase).toBe("settled");
});

test("a spend in one shows in the other at once, and ends in both", async () => {
  const first = await open();
  const second = await open();
  const spend = second.spend("image");
  await vi.waitFor(() => expect(shown(first, second)).toEqual([4, 4]));
  expect(first.getSnapshot().spends).toMatchObject([{ op: spend.op }]);
  await server.withCredits({ account, operation: "image", op: spend.op }, () => "a picture");
  expect(await spend.settled).toMatchObject({ state: "captured" });
  await vi.waitFor(() => expect(first.getSnapshot()).toMatchObject({ settled: 4, spends: [] }));
  expect(stored.get(account)?.size).toBe(0);
});

test("a tab that is closed leaves stream and spends to the other", async () => {
  const first = await open();
  const second = await open();
  const { op } = first.spend("image");
  await vi.waitFor(() => expect(shown(second)).toEqual([4]));
  first.close();
  await vi.waitFor(() => expect(streams()).toBe(2));
  await server.withCredits({ account, operation: "image", op }, () => "a picture");
  await vi.waitFor(() => expect(second.getSnapshot()).toMatchObject({ settled: 4, spends: [] }));
  expect(stored.get(account)?.size).toBe(0);
});

test("signing out calls off what has not begun, and signs out every tab", async () => {
  const first = await open();
  const second = await open();
  second.spend("image");
  await vi.waitFor(() => expect(shown(first)).toEqual([4]));
  const leaving = first.signOut();
  expect(() => first.spend("image")).toThrow("signing out");
  await leaving;
  await vi.waitFor(() => expect(second.fault?.code).toBe("closed"));
  for (const tab of [first, second]) {
    expect(tab.getSnapshot()).toMatchObject({ phase: "loading", shown: 0, spends: [] });
    expect(tab.packs()).toEqual([]);
  }
  expect(stored.get(account)?.size).toBe(0);
  await vi.waitFor(async () => {
    expect(await server.account(account)).toMatchObject({ available: 5, held: 0 });
  });
});

test("nothing of one account is shown, sent or stored under another", async () => {
  const other = `${account}_other`;
  await server.grant({ account: other, credits: 9, reason: "test" });
  const mine = await open();
  const theirs = await open(other);
  const { op } = mine.spend("image");
  await server.withCredits({ account, operation: "image", op }, () => "a picture");
  await vi.waitFor(() => expect(mine.getSnapshot().settled).toBe(4));
  expect(theirs.getSnapshot()).toMatchObject({ shown: 9, spends: [], version: 1 });
  expect(stored.get(other)?.size).toBe(0);
  await mine.signOut();
  expect(theirs.fault).toBeUndefined();
  expect(theirs.spend("image").op).not.toBe(op);
});
