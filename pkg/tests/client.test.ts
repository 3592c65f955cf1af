import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import type { CreditEventMap } from "../src/elements/events.js";
import { report } from "../src/elements/reporter.js";
import { type Credits, type CreditsOptions, createCredits, type Snapshot } from "../src/index.js";
import { type CreditsServer, createCreditsServer } from "../src/server/index.js";
import { loadWords, storyLine } from "../src/words/index.js";
import { type Backend, PAGE, startBackend } from "./backend.js";

let backend: Backend;
let server: CreditsServer;
let accounts = 0;
const opened: Credits[] = [];

beforeAll(async () => {
  backend = await startBackend();
  server = createCreditsServer(backend);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  for (const credits of opened.splice(0)) credits.close();
});
afterAll(() => backend.stop());

/** A client of an account of its own that has `credits`, ready to spend. */
async function openWith(credits: number): Promise<{ account: string; credits: Credits }> {
  accounts += 1;
  const account = `buyer_${accounts}`;
  if (credits > 0) await server.grant({ account, credits, reason: "test" });
  const client = open(account);
  await client.ready;
  return { account, credits: client };
}

function open(
  account: string,
  getToken?: () => Promise<string>,
  options: Partial<CreditsOptions> = {},
): Credits {
  const client = createCredits({
    endpoint: backend.endpoint,
    account,
    locale: "en",
    getToken: getToken ?? (async () => (await server.mintToken(account)).token),
    ...options,
  });
  opened.push(client);
  return client;
}

/** The first snapshot, from now on, that `isSo`. */
function when(credits: Credits, isSo: (snapshot: Snapshot) => boolean): Promise<Snapshot> {
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

test("it starts empty-handed, and knows balance, packs and operations when ready", async () => {
  const { credits } = await openWith(5);
  expect(credits.getServerSnapshot()).toMatchObject({ phase: "loading", version: 0, shown: 0 });
  expect(credits.getSnapshot()).toMatchObject({
    phase: "settled",
    shown: 5,
    settled: 5,
  });
  expect(credits.packs()).toMatchObject([
    { id: "starter", credits: 5, savingPercent: 0 },
    { id: "standard", credits: 15, bestValue: true },
  ]);
  expect(credits.operations().map(({ id }) => id)).toEqual(
    expect.arrayContaining(["draft", "image", "campaign"]),
  );
  expect(credits.packs()).toBe(credits.packs());
});

test("a grant arrives by itself", async () => {
  const { account, credits } = await openWith(0);
  await server.grant({ account, credits: 15, reason: "welcome" });
  const granted = await when(credits, ({ shown }) => shown === 15);
  expect(granted).toMatchObject({ settled: 15, available: 15 });
  expect(granted.happened).toMatchObject({ key: "granted", credits: 15 });
});

test("a spend shows at once, and settles when the server has done the work", async () => {
  const { account, credits } = await openWith(5);
  const spend = credits.spend("image");
  expect(credits.getSnapshot()).toMatchObject({ shown: 4, settled: 5, pending: 1 });
  expect(spend).toMatchObject({ operation: "image", credits: 1, state: "queued" });
  await server.withCredits({ account, operation: "image", op: spend.op }, () => "a picture");
  expect(await spend.settled).toMatchObject({ op: spend.op, state: "captured", spent: 1 });
  const settled = await when(credits, ({ phase }) => phase === "settled");
  expect(settled).toMatchObject({ shown: 4, settled: 4, held: 0, pending: 0, spends: [] });
  expect(settled.memoryOnly).toBe(true);
});

test("the number shown goes down once for a spend and never flickers", async () => {
  const { account, credits } = await openWith(5);
  const shown = [credits.getSnapshot().shown];
  credits.subscribe(() => {
    const now = credits.getSnapshot().shown;
    if (now !== shown.at(-1)) shown.push(now);
  });
  const spend = credits.spend("draft");
  await server.withCredits({ account, operation: "draft", op: spend.op }, () => "a draft");
  await spend.settled;
  expect(shown).toEqual([5, 4]);
});

test("an announced spend is held by the server under the same op", async () => {
  const { account, credits } = await openWith(5);
  const spend = credits.announce("campaign");
  expect(credits.getSnapshot().shown).toBe(4);
  await server.withCredits({ account, operation: "campaign", op: spend.op }, () => "three steps");
  expect(await spend.settled).toMatchObject({ state: "captured" });
});

test("failed work gives the credit back and says so", async () => {
  const { account, credits } = await openWith(5);
  const spend = credits.spend("image");
  const failing = server.withCredits({ account, operation: "image", op: spend.op }, () => {
    throw new Error("no picture");
  });
  await expect(failing).rejects.toThrow("no picture");
  expect(await spend.settled).toMatchObject({ state: "released", spent: 0, reason: "failed" });
  const after = await when(credits, ({ shown }) => shown === 5);
  expect(after.happened).toMatchObject({ key: "returned", operation: "image", reason: "failed" });
});

test("a spend that was taken back is not charged", async () => {
  const { credits } = await openWith(5);
  const stop = new AbortController();
  const spend = credits.spend("image", { signal: stop.signal });
  stop.abort();
  expect((await spend.settled).spent).toBe(0);
  await when(credits, ({ shown, phase }) => shown === 5 && phase === "settled");
});

test("without credits a spend is refused at once", async () => {
  const { credits } = await openWith(1);
  expect(credits.canSpend("image")).toBe(true);
  expect(credits.canSpend("image", 2)).toBe(false);
  credits.spend("image");
  expect(credits.canSpend("image")).toBe(false);
  expect(() => credits.spend("image")).toThrow(
    expect.objectContaining({ name: "CreditError", code: "insufficient_credits" }),
  );
  expect(() => credits.spend("hat")).toThrow(
    expect.objectContaining({ code: "unknown_operation" }),
  );
});

test("a snapshot is frozen and stays the same object while nothing changes", async () => {
  const { account, credits } = await openWith(5);
  const before = credits.getSnapshot();
  expect(Object.isFrozen(before) && Object.isFrozen(before.operations)).toBe(true);
  expect(credits.getSnapshot()).toBe(before);
  await server.grant({ account, credits: 1, reason: "more" });
  const after = await when(credits, ({ shown }) => shown === 6);
  expect(after).not.toBe(before);
  expect(after.operations).toBe(before.operations);
});

test("a checkout is opened at the price shown, and its status can be asked", async () => {
  const { credits } = await openWith(0);
  const offer = credits.packs().find(({ id }) => id === "starter");
  const urls = { successUrl: `${PAGE}/done`, cancelUrl: `${PAGE}/` };
  const checkout = await credits.checkout("starter", urls);
  expect(checkout).toMatchObject({
    status: "open",
    credits: 5,
    price: { amountMinor: offer?.amountMinor, currency: offer?.currency },
  });
  expect(new URL(checkout.url).protocol).toBe("http:");
  expect(await credits.checkoutStatus(checkout.id)).toEqual(checkout);
});

test("a paid checkout has nowhere to pay any more, and is not opened again", async () => {
  const { credits } = await openWith(0);
  const order = { id: "order_1", successUrl: `${PAGE}/done`, cancelUrl: `${PAGE}/` };
  const { id, url } = await credits.checkout("starter", order);
  await fetch(url, {
    method: "POST",
    body: new URLSearchParams({ choice: "pay" }),
    redirect: "manual",
  });
  expect(await credits.checkoutStatus(id)).toMatchObject({ status: "paid", url: null });
  await expect(credits.checkout("starter", order)).rejects.toMatchObject({
    code: "checkout_conflict",
    field: "id",
  });
});

test("a checkout that may not be opened says why", async () => {
  const { credits } = await openWith(0);
  const elsewhere = { successUrl: "https://evil.example/", cancelUrl: `${PAGE}/` };
  await expect(credits.checkout("starter", elsewhere)).rejects.toMatchObject({
    code: "url_not_allowed",
  });
  await expect(credits.checkout("gold")).rejects.toMatchObject({ code: "unknown_pack" });
});

test("history runs from the newest entry to the first", async () => {
  const { account, credits } = await openWith(5);
  await server.withCredits({ account, operation: "draft" }, () => "a draft");
  const kinds: string[] = [];
  for await (const entry of credits.history()) kinds.push(entry.kind);
  expect(kinds).toEqual(["capture", "hold", "grant"]);
  const newest: number[] = [];
  for await (const entry of credits.history({ limit: 1 })) newest.push(entry.version);
  expect(newest).toEqual([3]);
});

test("a hold and its end are one story, whole even at the limit", async () => {
  const { account, credits } = await openWith(5);
  await server.withCredits({ account, operation: "draft" }, () => "a draft");
  const failing = server.withCredits({ account, operation: "image" }, () => {
    throw new Error("no picture");
  });
  await expect(failing).rejects.toThrow("no picture");
  const words = await loadWords(credits.locale);
  const told: string[] = [];
  for await (const story of credits.stories()) {
    told.push(storyLine(story, words, credits.operations()));
    expect(story.endedAtMs).toBeGreaterThanOrEqual(story.atMs);
  }
  const label = (id: string) => credits.operations().find((known) => known.id === id)?.label;
  expect(told).toEqual([
    `${label("image")}, 1 credit, returned: it could not be finished`,
    `${label("draft")}, 1 credit`,
    "Added, 5 credits",
  ]);
  const newest: string[] = [];
  for await (const { key } of credits.stories({ limit: 1 })) newest.push(key);
  expect(newest).toEqual(["returned"]);
});

test("two clients of one account agree", async () => {
  const { account, credits } = await openWith(5);
  const other = open(account);
  await other.ready;
  const spend = credits.spend("image");
  await when(other, ({ available }) => available === 4);
  await server.withCredits({ account, operation: "image", op: spend.op }, () => "a picture");
  await when(other, ({ settled, held }) => settled === 4 && held === 0);
});

test("a rejected token is replaced", async () => {
  const { account } = await openWith(3);
  let asked = 0;
  const credits = open(account, async () => {
    asked += 1;
    return asked === 1 ? "stale" : (await server.mintToken(account)).token;
  });
  await credits.ready;
  expect(credits.getSnapshot().shown).toBe(3);
});

test("a token that cannot be had is told on the console, once for a row of failures", async () => {
  const { account } = await openWith(3);
  const told = vi.spyOn(console, "error").mockReturnValue();
  let asked = 0;
  const credits = open(account, async () => {
    asked += 1;
    if (asked <= 2) throw new Error("/api/token answered 404");
    return (await server.mintToken(account)).token;
  });
  await credits.ready;
  expect(told.mock.calls).toEqual([
    ["creditpack: getToken failed, and is tried again.", new Error("/api/token answered 404")],
  ]);
  told.mockRestore();
});

test("a closed client keeps its last numbers and takes no more spends", async () => {
  const { credits } = await openWith(5);
  const spend = credits.spend("image");
  credits.close();
  credits.close();
  await expect(spend.settled).rejects.toMatchObject({ code: "closed" });
  expect(credits.getSnapshot().shown).toBe(4);
  expect(credits.canSpend("image")).toBe(false);
  expect(() => credits.spend("image")).toThrow(expect.objectContaining({ code: "closed" }));
});

test("until it is ready it shows what the server rendered, and refuses spends", async () => {
  const { account, credits: first } = await openWith(5);
  const initial = JSON.parse(JSON.stringify(first.getSnapshot())) as Snapshot;
  const credits = createCredits({
    endpoint: backend.endpoint,
    account,
    getToken: async () => (await server.mintToken(account)).token,
    initial,
  });
  opened.push(credits);
  expect(credits.getSnapshot().shown).toBe(5);
  expect(credits.getServerSnapshot()).toEqual(initial);
  expect(() => credits.spend("image")).toThrow(expect.objectContaining({ code: "not_ready" }));
  await credits.ready;
  expect(credits.getSnapshot()).toMatchObject({ phase: "settled", shown: 5 });
});

test("a spend that is over, or whose client is closed, is not cancelled any more", async () => {
  const { account, credits } = await openWith(5);
  const stop = new AbortController();
  const spend = credits.spend("image", { signal: stop.signal });
  const done = credits.spend("draft");
  await server.withCredits({ account, operation: "draft", op: done.op }, () => "a draft");
  // Read in the very turn in which the end becomes known.
  const statesSeen = new Set([done.state]);
  credits.subscribe(() => statesSeen.add(done.state));
  await done.settled;
  expect(statesSeen).not.toContain("queued");
  expect(done.state).toBe("captured");
  done.cancel();
  credits.close();
  expect(spend.state).toBe("unknown");
  const uncaught = vi.fn();
  process.once("uncaughtException", uncaught);
  spend.cancel();
  stop.abort();
  await new Promise((resolve) => setTimeout(resolve));
  process.off("uncaughtException", uncaught);
  expect(uncaught).not.toHaveBeenCalled();
});

test("a listener that subscribes twice hears twice, and ends once", async () => {
  const { account, credits } = await openWith(0);
  const listener = vi.fn();
  const stops = [credits.subscribe(listener), credits.subscribe(listener)];
  stops[0]?.();
  await server.grant({ account, credits: 2, reason: "more" });
  await when(credits, ({ shown }) => shown === 2);
  expect(listener).toHaveBeenCalled();
});

/** Every event of these `types` that is told of `credits`, with the number shown then. */
function eventsOf(credits: Credits, ...types: readonly (keyof CreditEventMap)[]): string[] {
  const events: string[] = [];
  const target = new EventTarget();
  for (const type of types) {
    const note = () => void events.push(`${type} ${credits.getSnapshot().shown}`);
    target.addEventListener(type, note);
  }
  report(target, credits);
  return events;
}

/** Has one operation done and settled. */
async function spendOn(credits: Credits, account: string, quantity = 1): Promise<void> {
  const { op, settled } = credits.spend("image", { quantity });
  await server.withCredits({ account, operation: "image", quantity, op }, () => "done");
  await settled;
}

const isQuiet = ({ phase, spends }: Snapshot) => phase === "settled" && spends.length === 0;

test("low and empty are each told once on the way from 3 credits to none", async () => {
  const { account, credits } = await openWith(3);
  const events = eventsOf(credits, "credit-low", "credit-empty");
  for (let left = 2; left >= 0; left -= 1) {
    await spendOn(credits, account);
    await when(credits, (snapshot) => isQuiet(snapshot) && snapshot.shown === left);
  }
  expect(events).toEqual(["credit-low 1", "credit-empty 0"]);
});

test("both are told of a balance that falls past both, and again after it was up", async () => {
  const { account, credits } = await openWith(3);
  const events = eventsOf(credits, "credit-low", "credit-empty");
  for (const time of [1, 2]) {
    if (time === 2) await server.grant({ account, credits: 3, reason: "more" });
    await when(credits, ({ shown }) => shown === 3);
    await spendOn(credits, account, 3);
    await when(credits, isQuiet);
    expect(events.splice(0)).toEqual(["credit-low 0", "credit-empty 0"]);
  }
});

test("what the backend refuses for good is the client's fault, told once", async () => {
  const told = vi.spyOn(console, "error").mockReturnValue();
  const { account } = await openWith(3);
  const credits = open(account, async () => (await server.mintToken("another")).token);
  await expect(credits.ready).rejects.toMatchObject({ code: "forbidden", status: 403 });
  expect(credits.fault).toMatchObject({ code: "forbidden" });
  expect(() => credits.spend("image")).toThrow(expect.objectContaining({ code: "forbidden" }));
  const fault = credits.fault;
  credits.refresh();
  await expect(credits.ready).rejects.toMatchObject({ code: "forbidden" });
  expect(credits.fault).not.toBe(fault);
  expect(told).toHaveBeenCalledTimes(1);
});

test("a currency that nothing is sold in is the client's fault", async () => {
  const told = vi.spyOn(console, "error").mockReturnValue();
  const { account } = await openWith(3);
  const credits = open(account, undefined, { currency: "xxx" });
  await expect(credits.ready).rejects.toMatchObject({ code: "invalid_request", status: 400 });
  expect(told).toHaveBeenCalledTimes(1);
});

test("after a refusal that is mended, refresh() starts again with a new promise", async () => {
  vi.spyOn(console, "error").mockReturnValue();
  const { account } = await openWith(3);
  let whose = "another";
  const credits = open(account, async () => (await server.mintToken(whose)).token);
  const events = eventsOf(credits, "credit-ready", "credit-error");
  await expect(credits.ready).rejects.toMatchObject({ code: "forbidden" });
  whose = account;
  credits.refresh();
  await credits.ready;
  expect(credits.fault).toBeUndefined();
  expect(credits.getSnapshot()).toMatchObject({ phase: "settled", shown: 3 });
  expect(credits.canSpend("image")).toBe(true);
  await vi.waitFor(() => expect(events).toEqual(["credit-error 0", "credit-ready 3"]));
});

test("a getToken that never answers is asked again", async () => {
  const told = vi.spyOn(console, "error").mockReturnValue();
  const { account } = await openWith(3);
  vi.useFakeTimers({ shouldAdvanceTime: true, toFake: ["setTimeout", "clearTimeout"] });
  let asked = () => {};
  const first = new Promise<void>((resolve) => {
    asked = resolve;
  });
  let times = 0;
  const credits = open(account, async () => {
    times += 1;
    if (times > 1) return (await server.mintToken(account)).token;
    asked();
    return new Promise(() => {});
  });
  await first;
  await vi.advanceTimersByTimeAsync(15_000);
  await credits.ready;
  expect(credits.getSnapshot().shown).toBe(3);
  expect(told.mock.calls[0]?.[0]).toBe("creditpack: getToken failed, and is tried again.");
});

test("a storage that never answers makes the client memory-only", async () => {
  const { account } = await openWith(3);
  vi.useFakeTimers({ shouldAdvanceTime: true, toFake: ["setTimeout", "clearTimeout"] });
  const silence = () => new Promise<never>(() => {});
  const storage = { load: silence, save: silence, forget: silence };
  const credits = open(account, undefined, { storage });
  await vi.advanceTimersByTimeAsync(5_000);
  await credits.ready;
  const spend = credits.spend("image");
  expect(credits.getSnapshot().memoryOnly).toBe(false);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(credits.getSnapshot().memoryOnly).toBe(true);
  await server.withCredits({ account, operation: "image", op: spend.op }, () => "a picture");
  expect(await spend.settled).toMatchObject({ state: "captured" });
});
