// What a product may call, and what comes of it: the whole client, here in Node, without a page.
import { afterAll, beforeAll, expect, expectTypeOf, test, vi } from "vitest";
import {
  CREDIT_ERROR_CODES,
  type CreditError,
  type CreditErrorCode,
  type Credits,
  type CreditsOptions,
  createCredits,
  type Entry,
  isCreditError,
  type OpenCheckout,
  type Outcome,
  type PackOffer,
  type QuoteAnswer,
  type Snapshot,
  type Spend,
} from "../src/index.js";
import { type CreditsServer, createCreditsServer } from "../src/server/index.js";
import { type Backend, PAGE, startBackend } from "./backend.js";

let backend: Backend;
let server: CreditsServer;
let accounts = 0;

beforeAll(async () => {
  backend = await startBackend();
  server = createCreditsServer(backend);
});
afterAll(() => backend.stop());

/** A client of an account of its own that has 5 credits, with what its listener heard. */
async function open(options: Partial<CreditsOptions> = {}) {
  accounts += 1;
  const account = `surface_${accounts}`;
  await server.grant({ account, credits: 5, reason: "test" });
  const credits = createCredits({
    endpoint: backend.endpoint,
    account,
    getToken: async () => (await server.mintToken(account)).token,
    ...options,
  });
  const heard: Snapshot[] = [];
  const stop = credits.subscribe(() => heard.push(credits.getSnapshot()));
  await credits.ready;
  return { account, credits, heard, stop };
}

test("the snapshot has its numbers, is frozen, and stays the same while nothing changes", async () => {
  const { credits, heard } = await open();
  const snapshot = credits.getSnapshot();
  const confirmed = { shown: 5, settled: 5, held: 0, available: 5, pending: 0, incoming: 0 };
  expect(snapshot).toMatchObject({ ...confirmed, version: 1, phase: "settled", level: "ok" });
  expect(snapshot.epoch).toMatch(/^[0-9A-Z]{26}$/);
  expect(Object.isFrozen(snapshot)).toBe(true);
  credits.refresh();
  credits.canSpend("image");
  expect(credits.getSnapshot()).toBe(snapshot);
  expect(heard.at(-1)).toBe(snapshot);
  expect(credits.getServerSnapshot()).toMatchObject({ phase: "loading", shown: 0 });
  expect(credits.getServerSnapshot()).toBe(credits.getServerSnapshot());
  credits.close();
});

test("a spend tells its op, its state and its end, and can be taken back", async () => {
  const { account, credits, heard, stop } = await open();
  expect(credits.canSpend("image", 5)).toBe(true);
  expect(credits.canSpend("image", 6)).toBe(false);
  const spend = credits.spend("image", { quantity: 2 });
  expect(heard.at(-1)).toMatchObject({ shown: 3, pending: 2, phase: "pending" });
  expect(spend).toMatchObject({ operation: "image", credits: 2, state: "queued" });
  spend.cancel();
  expect(await spend.settled).toMatchObject({ op: spend.op, spent: 0 });
  expect(["cancelled", "released"]).toContain(spend.state);
  const announced = credits.announce("campaign");
  await server.withCredits({ account, operation: "campaign", op: announced.op }, () => "done");
  expect(await announced.settled).toMatchObject({ state: "captured", spent: 1 });
  await vi.waitFor(() => expect(credits.getSnapshot()).toMatchObject({ shown: 4, spends: [] }));
  stop();
  const before = heard.length;
  credits.spend("image").cancel();
  expect(heard).toHaveLength(before);
  credits.close();
});

test("packs are quoted and bought, and the history is read as far as it is wanted", async () => {
  const { account, credits } = await open();
  const [pack] = credits.packs();
  if (!pack) throw new Error("nothing is sold");
  const quote = await credits.quote(pack.id);
  expect(quote).toMatchObject({ pack: pack.id, credits: pack.credits });
  const returning = { successUrl: PAGE, cancelUrl: PAGE };
  const checkout = await credits.checkout(pack.id, { quote, ...returning });
  expect(checkout).toMatchObject({ status: "open", credits: pack.credits });
  await server.grant({ account, credits: 1, reason: "more" });
  const kinds: string[] = [];
  for await (const { kind, credits: n } of credits.history({ limit: 1 }))
    kinds.push(`${kind} ${n}`);
  expect(kinds).toEqual(["grant 1"]);
  credits.close();
});

test("every error is a CreditError with a code that the backend shares", async () => {
  const { credits } = await open();
  const caught = async (act: () => unknown): Promise<CreditErrorCode | "no error"> => {
    try {
      await act();
      return "no error";
    } catch (error) {
      if (!isCreditError(error)) throw error;
      expect(CREDIT_ERROR_CODES).toContain(error.code);
      return error.code;
    }
  };
  expect(await caught(() => credits.spend("image", { quantity: 6 }))).toBe("insufficient_credits");
  expect(await caught(() => credits.spend("nothing"))).toBe("unknown_operation");
  expect(await caught(() => credits.spend("image", { quantity: 0.5 }))).toBe("invalid_request");
  expect(await caught(() => credits.quote("nothing"))).toBe("unknown_pack");
  expect(await caught(() => credits.checkout("starter"))).toBe("invalid_request");
  await credits.signOut();
  expect(await caught(() => credits.spend("image"))).toBe("closed");
  expect(await caught(() => credits.ready)).toBe("no error");
});

test("signing out shows nothing any more; disposing ends it", async () => {
  const { credits } = await open();
  await credits.signOut();
  expect(credits.getSnapshot()).toMatchObject({ phase: "loading", shown: 0, version: 0 });
  const other = await open();
  {
    using disposed = other.credits;
    expect(disposed.fault).toBeUndefined();
  }
  expect(other.credits.fault?.code).toBe("closed");
});

test("operations that the catalog lacks are told on the console, once", async () => {
  const told = vi.spyOn(console, "error").mockReturnValue();
  const { credits } = await open({ operations: ["image", "imgae"] });
  await vi.waitFor(() => expect(told.mock.calls).toEqual([[expect.any(String), "imgae"]]));
  credits.close();
  (await open({ operations: ["image"] })).credits.close();
  expect(told).toHaveBeenCalledTimes(1);
  told.mockRestore();
});

test("the types are those that a product is told of", () => {
  type Named = Credits<"image" | "draft">;
  expectTypeOf(createCredits<"image" | "draft">).returns.toEqualTypeOf<Named>();
  expectTypeOf<Named["spend"]>().parameter(0).toEqualTypeOf<"image" | "draft">();
  expectTypeOf<Named>().toExtend<Credits>();
  expectTypeOf<Credits["spend"]>().parameter(0).toEqualTypeOf<string>();
  expectTypeOf<Credits["spend"]>().returns.toEqualTypeOf<Spend>();
  expectTypeOf<Credits["announce"]>().toEqualTypeOf<Credits["spend"]>();
  expectTypeOf<Spend["settled"]>().toEqualTypeOf<Promise<Outcome>>();
  expectTypeOf<Credits["getSnapshot"]>().returns.toEqualTypeOf<Snapshot>();
  expectTypeOf<Credits["getServerSnapshot"]>().returns.toEqualTypeOf<Snapshot>();
  expectTypeOf<Credits["subscribe"]>().toEqualTypeOf<(listener: () => void) => () => void>();
  expectTypeOf<Credits["ready"]>().toEqualTypeOf<Promise<void>>();
  expectTypeOf<Credits["canSpend"]>().returns.toEqualTypeOf<boolean>();
  expectTypeOf<Credits["quote"]>().returns.toEqualTypeOf<Promise<QuoteAnswer>>();
  expectTypeOf<Credits["packs"]>().returns.toEqualTypeOf<readonly PackOffer[]>();
  expectTypeOf<Credits["checkout"]>().returns.toEqualTypeOf<Promise<OpenCheckout>>();
  expectTypeOf<Credits["history"]>().returns.toEqualTypeOf<AsyncIterable<Entry>>();
  expectTypeOf<Credits["refresh"]>().toEqualTypeOf<() => void>();
  expectTypeOf<Credits["signOut"]>().toEqualTypeOf<() => Promise<void>>();
  expectTypeOf<Credits["close"]>().toEqualTypeOf<() => void>();
  expectTypeOf<Credits[typeof Symbol.dispose]>().toEqualTypeOf<() => void>();
  expectTypeOf<CreditError["code"]>().toEqualTypeOf<CreditErrorCode>();
  type Numbers = "shown" | "settled" | "held" | "available" | "pending" | "incoming" | "version";
  expectTypeOf<Snapshot[Numbers]>().toEqualTypeOf<number>();
  expectTypeOf<Snapshot>().toEqualTypeOf<Readonly<Snapshot>>();
});
