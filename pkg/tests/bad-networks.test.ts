// The browser's client and the real backend, with a network between them that misbehaves.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { type Credits, type CreditsOptions, createCredits, type Snapshot } from "../src/index.js";
import { type CreditsServer, createCreditsServer } from "../src/server/index.js";
import { type Backend, PAGE, startBackend } from "./backend.js";
import { answer, kindOf, type Network, openNetwork, tell } from "./network.js";

let backend: Backend;
let server: CreditsServer;
let network: Network;
let accounts = 0;
let credits: Credits;

beforeAll(async () => {
  backend = await startBackend();
  server = createCreditsServer(backend);
});
beforeEach(async () => {
  network = await openNetwork(backend.endpoint);
});
afterEach(async () => {
  credits.close();
  vi.restoreAllMocks();
  await network.down();
});
afterAll(() => backend.stop());

/** An account that has 5 credits. */
async function fresh(): Promise<string> {
  accounts += 1;
  const account = `far_${accounts}`;
  await server.grant({ account, credits: 5, reason: "test" });
  return account;
}

function open(
  account: string,
  getToken?: () => Promise<string>,
  options: Partial<CreditsOptions> = {},
): Credits {
  credits = createCredits({
    endpoint: network.endpoint,
    account,
    getToken: getToken ?? (async () => (await server.mintToken(account)).token),
    ...options,
  });
  return credits;
}

/** The first snapshot, from now on, that `isSo`. */
function when(isSo: (snapshot: Snapshot) => boolean): Promise<Snapshot> {
  return new Promise((resolve) => {
    const look = () => {
      if (!isSo(credits.getSnapshot())) return;
      stop();
      resolve(credits.getSnapshot());
    };
    const stop = credits.subscribe(look);
    look();
  });
}

const grant = (account: string) => server.grant({ account, credits: 2, reason: "more" });
const streams = () => network.count("stream");

/** Waits until the client's stream is open. */
async function streaming(): Promise<void> {
  await credits.ready;
  await vi.waitFor(() => expect(streams()).toBeGreaterThan(0));
}

test("where streams are cut at once, polls tell the news", async () => {
  network.meddle = (call, response) => {
    if (kindOf(call) !== "stream") return false;
    tell(response);
    response.end();
    return true;
  };
  const account = await fresh();
  await open(account).ready;
  await vi.waitFor(() => expect(network.count("poll")).toBe(1), 15_000);
  expect(streams()).toBe(3);
  await grant(account);
  expect(await when(({ shown }) => shown === 7)).toMatchObject({ phase: "settled" });
  await vi.waitFor(() => expect(network.count("poll")).toBe(2), 5_000);
  expect(streams()).toBe(3);
});

test("where answers are held back until they are whole, polls tell the news", async () => {
  network.meddle = (call) => kindOf(call) === "stream";
  const account = await fresh();
  await open(account).ready;
  await vi.waitFor(() => expect(network.count("poll")).toBe(1), 10_000);
  await grant(account);
  expect(await when(({ shown }) => shown === 7)).toMatchObject({ phase: "settled" });
  expect(streams()).toBe(1);
});

test("a stream asks for events, and nothing but the catalog is taken from a cache", async () => {
  const asked: [string, RequestCache][] = [];
  const { fetch } = globalThis;
  vi.spyOn(globalThis, "fetch").mockImplementation((input, init) => {
    if (input instanceof Request) asked.push([new URL(input.url).pathname, input.cache]);
    return fetch(input, init);
  });
  open(await fresh());
  await streaming();
  expect(network.calls.find((call) => kindOf(call) === "stream")?.headers.accept).toBe(
    "text/event-stream",
  );
  expect(Object.fromEntries(asked)).toEqual({
    "/v1/account": "no-store",
    "/v1/account/stream": "no-store",
    "/v1/catalog": "default",
  });
});

test("a backend that goes away and comes back is looked at once", async () => {
  const account = await fresh();
  open(account);
  await streaming();
  await vi.waitFor(() => expect(credits.getSnapshot().phase).toBe("settled"));
  await network.down();
  await when(({ phase }) => phase === "stale");
  await grant(account);
  const before = network.count("snapshot");
  await network.up();
  expect(await when(({ shown }) => shown === 7)).toMatchObject({ settled: 7 });
  await when(({ phase }) => phase === "settled");
  await grant(account);
  await when(({ shown }) => shown === 9);
  expect(network.count("snapshot") - before).toBeLessThanOrEqual(1);
}, 60_000);

test.each([
  ["seconds", () => "2"],
  ["a date", () => new Date(Date.now() + 3000).toUTCString()],
])("a backend that is too busy is left alone as long as it says in %s", async (_, says) => {
  const busy = { code: "overloaded" };
  network.meddle = (call, response) =>
    kindOf(call) === "snapshot" &&
    network.count("snapshot") === 1 &&
    answer(response, 503, busy, { "retry-after": says() });
  await open(await fresh()).ready;
  const [first, second] = network.calls.filter((call) => kindOf(call) === "snapshot");
  expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThanOrEqual(1950);
});

test("a stream that the backend is too busy for is asked for when it says", async () => {
  network.meddle = (call, response) =>
    kindOf(call) === "stream" &&
    network.count("stream") === 1 &&
    answer(response, 503, { code: "overloaded" }, { "retry-after": "2" });
  await open(await fresh()).ready;
  const streams = () => network.calls.filter((call) => kindOf(call) === "stream");
  await vi.waitFor(() => expect(streams()).toHaveLength(2), 5000);
  const [first, second] = streams();
  expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThanOrEqual(1950);
});

test("a token that is refused is renewed once for all requests", async () => {
  const account = await fresh();
  let asked = 0;
  let asking = 0;
  const good: string[] = [];
  network.meddle = ({ headers }, response) =>
    !good.includes(headers.authorization ?? "") && answer(response, 401, { code: "token_expired" });
  open(account, async () => {
    asked += 1;
    asking += 1;
    expect(asking).toBe(1);
    const { token } = await server.mintToken(account);
    asking -= 1;
    if (asked > 1) good.push(`Bearer ${token}`);
    return `${asked > 1 ? "" : "x"}${token}`;
  });
  await streaming();
  expect(asked).toBe(2);
  good.splice(0);
  const spend = credits.spend("image");
  await Promise.all([
    credits.history()[Symbol.asyncIterator]().next(),
    when(({ held }) => held === 1),
  ]);
  expect(asked).toBe(3);
  spend.cancel();
});

test("a stream whose token expires is opened again with a fresh one", async () => {
  const account = await fresh();
  let asked = 0;
  network.meddle = (call, response) => {
    if (kindOf(call) !== "stream" || streams() > 1) return false;
    tell(response, ["bye", { reason: "token_expired" }]);
    return true;
  };
  open(account, async () => {
    asked += 1;
    return (await server.mintToken(account)).token;
  });
  await credits.ready;
  await vi.waitFor(() => expect(streams()).toBe(2), 5000);
  expect(asked).toBe(2);
  await grant(account);
  await when(({ shown }) => shown === 7);
});

test("a backend that shuts down says so, and keeps the token good", async () => {
  const account = await fresh();
  let asked = 0;
  network.meddle = (call, response) => {
    if (kindOf(call) !== "stream" || streams() > 1) return false;
    tell(response, ["bye", { reason: "shutdown" }]);
    return true;
  };
  open(account, async () => {
    asked += 1;
    return (await server.mintToken(account)).token;
  });
  await credits.ready;
  await vi.waitFor(() => expect(streams()).toBe(2), 5000);
  const [first, second] = network.calls.filter((call) => kindOf(call) === "stream");
  expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThanOrEqual(100);
  expect(asked).toBe(1);
});

test("a getToken that fails loses no spend", async () => {
  const told = vi.spyOn(console, "error").mockReturnValue();
  const account = await fresh();
  let fails = 0;
  let expired = false;
  network.meddle = (_, response) => expired && answer(response, 401, { code: "token_expired" });
  open(account, async () => {
    if (expired && fails < 3) {
      fails += 1;
      throw new Error("the product's own server is down");
    }
    expired = false;
    return (await server.mintToken(account)).token;
  });
  await streaming();
  expired = true;
  const spend = credits.spend("image");
  await when(({ held }) => held === 1);
  expect(fails).toBe(3);
  // Once for the token that was refused so soon, and once for all three failures.
  expect(told.mock.calls).toEqual([
    ["creditpack: the backend refuses getToken's token."],
    ["creditpack: getToken failed, and is tried again.", expect.any(Error)],
  ]);
  await server.withCredits({ account, operation: "image", op: spend.op }, () => "a picture");
  expect(await spend.settled).toMatchObject({ state: "captured", spent: 1 });
});

test("what a buyer reads is asked for again when its answer is lost", async () => {
  const account = await fresh();
  await open(account).ready;
  network.meddle = (call, response) => {
    if (kindOf(call) !== "history" || network.count("history") > 2) return false;
    response.destroy();
    return true;
  };
  const kinds: string[] = [];
  for await (const { kind } of credits.history()) kinds.push(kind);
  expect(kinds).toEqual(["grant"]);
});

test("a hold whose answer never comes is asked for again under the same op", async () => {
  const account = await fresh();
  vi.useFakeTimers({ shouldAdvanceTime: true, toFake: ["setTimeout", "clearTimeout"] });
  open(account);
  await streaming();
  network.meddle = (call) => kindOf(call) === "holds" && network.count("holds") === 1;
  credits.spend("image");
  await vi.waitFor(() => expect(network.count("holds")).toBe(1));
  expect(credits.getSnapshot().phase).toBe("pending");
  await vi.advanceTimersByTimeAsync(15_000);
  await vi.waitFor(() => expect(network.count("holds")).toBe(2), 5000);
  expect(await when(({ held }) => held === 1)).toMatchObject({ shown: 4, available: 4 });
  vi.useRealTimers();
});

test.each([
  ["a Wi-Fi portal's page", 200, "<!doctype html><title>Sign in</title>"],
  ["an empty answer", 200, ""],
  ["nothing", 200, "null"],
  ["a proxy's page", 502, "<h1>Bad Gateway</h1>"],
])("%s in the place of an answer is none, and is told as such", async (_, status, body) => {
  const account = await fresh();
  await open(account).ready;
  let asked = 0;
  network.meddle = ({ method, path }, response) => {
    if (method === "GET" && !path.endsWith("/history")) return false;
    asked += 1;
    response.writeHead(status, { "content-type": "text/html" });
    response.end(body);
    return true;
  };
  const noAnswer = expect.objectContaining({
    code: "network",
    message: expect.stringMatching(/./),
  });
  vi.spyOn(Math, "random").mockReturnValue(0);
  await expect(credits.quote("starter")).rejects.toEqual(noAnswer);
  await expect(credits.checkout("starter", { successUrl: PAGE, cancelUrl: PAGE })).rejects.toEqual(
    noAnswer,
  );
  await expect(credits.history()[Symbol.asyncIterator]().next()).rejects.toEqual(noAnswer);
  expect(asked).toBe(9);
});

test("what a server rendered with is stale until the backend confirms it, and ready waits", async () => {
  const account = await fresh();
  await open(account).ready;
  const initial = { ...credits.getSnapshot(), shown: 9, settled: 9, available: 9 };
  credits.close();
  let lost = true;
  network.meddle = (call, response) => {
    if (!lost || kindOf(call) !== "snapshot") return false;
    response.destroy();
    return true;
  };
  open(account, undefined, { initial });
  expect(credits.getSnapshot()).toEqual({ ...initial, phase: "stale" });
  const wasReady = vi.fn();
  void credits.ready.then(wasReady);
  const asked = network.count("snapshot");
  await vi.waitFor(() => expect(network.count("snapshot")).toBeGreaterThan(asked + 1), 5000);
  expect(credits.packs()).not.toEqual([]);
  expect(credits.getSnapshot()).toMatchObject({ shown: 9, phase: "stale" });
  expect(wasReady).not.toHaveBeenCalled();
  lost = false;
  await credits.ready;
  expect(credits.getSnapshot()).toMatchObject({ shown: 5, available: 5 });
  expect(credits.canSpend("image")).toBe(true);
});

test.each<[string, () => unknown]>([
  ["fails with a word", () => Promise.reject("offline")],
  ["fails with nothing", () => Promise.reject()],
  [
    "throws at once",
    () => {
      throw new TypeError("no network here");
    },
  ],
  ["answers with something else", async () => ({ status: 200 })],
])("a page's own fetch that %s is asked again", async (_, own) => {
  const account = await fresh();
  const { fetch: real } = globalThis;
  let asked = 0;
  const { token } = await server.mintToken(account);
  vi.spyOn(globalThis, "fetch").mockImplementation((...request) => {
    asked += 1;
    return asked > 2 ? real(...request) : (own() as Promise<Response>);
  });
  const uncaught = vi.fn();
  process.on("uncaughtException", uncaught);
  await open(account, async () => token).ready;
  process.off("uncaughtException", uncaught);
  expect(credits.getSnapshot()).toMatchObject({ shown: 5 });
  expect(uncaught).not.toHaveBeenCalled();
});
