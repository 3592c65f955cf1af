import { afterEach, expect, test, vi } from "vitest";
import type { PackOffer } from "../src/catalog.js";
import { Promotion } from "../src/elements/promotion.js";
import { CreditError, type PromotionRefusal } from "../src/errors.js";
import type { Credits, QuoteAnswer, QuoteOptions } from "../src/index.js";

afterEach(() => vi.useRealTimers());

const PACKS = ["small", "large"].map((id) => ({ id }) as PackOffer);
const refusal = (reason?: PromotionRefusal) =>
  new CreditError("promotion_invalid", "no", { status: 422, reason });

/** What a backend says of a pack and a code: an answer, or why there is none. */
type Say = (pack: string, code: string) => number | CreditError | Promise<number>;

/** A promotion of two packs, with a backend that answers as `say` does. */
function promotionOf(say: Say) {
  const asked: string[] = [];
  const changes = vi.fn();
  const quote = async (pack: string, { promotion = "" }: QuoteOptions = {}) => {
    asked.push(`${pack} ${promotion}`);
    const said = await say(pack, promotion);
    if (typeof said !== "number") throw said;
    const price = { amountMinor: said, currency: "usd", digits: 2 };
    return { pack, quantity: 1, promotion, price, listPrice: price, credits: 5, expiresAtMs: 1 };
  };
  const credits = { quote } as unknown as Credits;
  const promotion = new Promotion(changes);
  promotion.follow(credits, PACKS);
  const prices = () => promotion.applied?.quotes.map(({ price }: QuoteAnswer) => price.amountMinor);
  return { promotion, credits, asked, changes, prices };
}

/** An answer that comes when the test wants it to. */
function answerable() {
  let resolve: (price: number) => void = () => {};
  const promise = new Promise<number>((answer) => {
    resolve = answer;
  });
  return { promise, resolve };
}

const settled = (promotion: Promotion) =>
  vi.waitFor(() => expect(promotion.isChecking).toBe(false));

test("every pack is asked about, and sold at what the answers say", async () => {
  const { promotion, asked, prices, changes } = promotionOf((pack) => (pack === "small" ? 1 : 2));
  promotion.apply("  LAUNCH ");
  expect(promotion.isChecking).toBe(true);
  await settled(promotion);
  expect(asked).toEqual(["small LAUNCH", "large LAUNCH"]);
  expect(promotion.applied).toMatchObject({ code: "LAUNCH", refused: [] });
  expect(prices()).toEqual([1, 2]);
  expect(changes).toHaveBeenCalledTimes(2);
});

test("a pack that the code is not good for says why", async () => {
  const { promotion, prices } = promotionOf((pack) =>
    pack === "small" ? refusal("pack_too_small") : 2,
  );
  promotion.apply("LAUNCH");
  await settled(promotion);
  expect(promotion.applied?.refused).toEqual([{ pack: "small", reason: "pack_too_small" }]);
  expect(prices()).toEqual([2]);
});

test.each([
  ["pack_too_small", "used_up", "used_up"],
  ["unknown", "unknown", "unknown"],
  ["price_too_low", "ended", "price_too_low"],
  [undefined, "ended", "ended"],
  [undefined, undefined, undefined],
] as const)("refused for %s and for %s, it is refused for %s", async (small, large, told) => {
  const { promotion } = promotionOf((pack) => refusal(pack === "small" ? small : large));
  promotion.apply("LAUNCH");
  await settled(promotion);
  expect(promotion.applied).toBeUndefined();
  expect(promotion.refused).toMatchObject({ code: "LAUNCH", error: { reason: told } });
});

test("of two codes the later one holds, whichever is answered first", async () => {
  const { promise, resolve } = answerable();
  const { promotion, prices } = promotionOf((_, code) => (code === "FIRST" ? promise : 2));
  promotion.apply("FIRST");
  promotion.apply("SECOND");
  await settled(promotion);
  resolve(1);
  await promise;
  await new Promise((later) => setTimeout(later));
  expect(promotion.applied?.code).toBe("SECOND");
  expect(prices()).toEqual([2, 2]);
});

test("an answer to a code that was taken back is not heard", async () => {
  const { promise, resolve } = answerable();
  const { promotion } = promotionOf(() => promise);
  promotion.apply("LAUNCH");
  promotion.apply("");
  resolve(1);
  await promise;
  await new Promise((later) => setTimeout(later));
  expect([promotion.applied, promotion.isChecking]).toEqual([undefined, false]);
});

test("other packs are asked about anew, and the terms before stand meanwhile", async () => {
  let price = 1;
  const { promotion, credits, prices } = promotionOf(() => price);
  promotion.apply("LAUNCH");
  await settled(promotion);
  const before = promotion.applied;
  price = 2;
  promotion.follow(credits, [...PACKS]);
  expect(promotion.applied).toBe(before);
  await vi.waitFor(() => expect(prices()).toEqual([2, 2]));
});

test("the same answers again change nothing", async () => {
  const { promotion, asked } = promotionOf(() => 1);
  promotion.apply("LAUNCH");
  await settled(promotion);
  const before = promotion.applied;
  promotion.again();
  await vi.waitFor(() => expect(asked).toHaveLength(4));
  await new Promise((later) => setTimeout(later));
  expect(promotion.applied).toBe(before);
});

test("another client's terms are not kept for a moment", async () => {
  const { promotion } = promotionOf(() => 1);
  promotion.apply("LAUNCH");
  await settled(promotion);
  promotion.follow(undefined, []);
  expect(promotion.applied).toBeUndefined();
});

test("a backend that cannot be asked takes nothing away, but gives nothing either", async () => {
  let isCut = false;
  const cut = new CreditError("network", "cut");
  const { promotion, asked } = promotionOf(() => (isCut ? cut : 1));
  promotion.apply("LAUNCH");
  await settled(promotion);
  const before = promotion.applied;
  isCut = true;
  promotion.again();
  await vi.waitFor(() => expect(asked).toHaveLength(4));
  await new Promise((later) => setTimeout(later));
  expect(promotion.applied).toBe(before);
  promotion.apply("OTHER");
  await settled(promotion);
  expect(promotion.applied).toBeUndefined();
  expect(promotion.refused).toMatchObject({ code: "OTHER", error: { code: "network" } });
});

test("a checkout's refusal takes the code back and keeps it to be mended", async () => {
  const { promotion } = promotionOf(() => 1);
  promotion.apply("LAUNCH");
  await settled(promotion);
  promotion.refuse(refusal("used_up"));
  expect(promotion.applied).toBeUndefined();
  expect(promotion.refused).toMatchObject({ code: "LAUNCH", error: { reason: "used_up" } });
});

test("after two seconds nobody waits for the terms any longer", async () => {
  vi.useFakeTimers();
  const { promotion, changes } = promotionOf(() => answerable().promise);
  promotion.apply("LAUNCH");
  changes.mockClear();
  await vi.advanceTimersByTimeAsync(1900);
  expect(promotion.isLate).toBe(false);
  await vi.advanceTimersByTimeAsync(200);
  expect([promotion.isLate, promotion.isChecking]).toEqual([true, true]);
  expect(changes).toHaveBeenCalledOnce();
});
