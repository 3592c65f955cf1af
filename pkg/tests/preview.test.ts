import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import {
  type Asked,
  openWorkbench,
  type PreviewOptions,
  previewCredits,
  type Situation,
  type Workbench,
} from "../src/workbench.js";

const SHOP = {
  currency: "usd",
  low_at: 3,
  packs: [
    { id: "starter", label: { en: "Starter", de: "Einstieg" }, credits: 5, prices: { usd: 400 } },
  ],
  operations: [
    { id: "image", label: { en: "Picture", de: "Bild" }, credits: 2 },
    { id: "film", label: "Film", credits: 7 },
  ],
};

let workbench: Workbench;
beforeAll(async () => {
  workbench = await openWorkbench();
});
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function preview(situation: Situation, options: Partial<PreviewOptions> = {}) {
  const catalog = workbench.publicCatalog(SHOP);
  return previewCredits(workbench, { catalog, situation, locale: "de", ...options });
}

test.each<[Situation, object]>([
  [{ settled: 20 }, { phase: "settled", level: "ok", shown: 20 }],
  [
    { settled: 20, held: 4, incoming: 15 },
    { shown: 16, held: 4, incoming: 15, settled: 20 },
  ],
  [{ settled: 3 }, { level: "low" }],
  [{ settled: 1 }, { level: "empty" }],
  [
    { settled: 20, pending: ["film", "image"] },
    { phase: "pending", pending: 9, shown: 11 },
  ],
  [
    { settled: 20, phase: "pending" },
    { phase: "pending", pending: 2 },
  ],
  [
    { settled: 20, phase: "unsaved" },
    { phase: "unsaved", shown: 18, memoryOnly: true },
  ],
  [
    { settled: 20, phase: "unknown" },
    { phase: "unknown", shown: 18 },
  ],
  [
    { settled: 20, phase: "stale" },
    { phase: "stale", shown: 20 },
  ],
  [
    { settled: 20, phase: "offline" },
    { phase: "offline", shown: 20 },
  ],
  [
    { settled: 20, phase: "overcommitted" },
    { phase: "overcommitted", shown: 0 },
  ],
  [
    { settled: 20, phase: "loading" },
    { phase: "loading", epoch: "" },
  ],
  [{ settled: -4 }, { shown: 0, level: "empty" }],
])("%o is shown as the client shows it", (situation, view) => {
  expect(preview(situation).getSnapshot()).toMatchObject(view);
});

test("packs and operations are in the language of the preview", () => {
  const credits = preview({ settled: 20 });
  expect(credits.packs()).toMatchObject([{ id: "starter", label: "Einstieg", amountMinor: 400 }]);
  expect(credits.operations()).toMatchObject([
    { label: "Bild", affordable: true },
    { label: "Film" },
  ]);
  expect(credits.operations()).toBe(credits.operations());
  expect(credits.packs()).toBe(credits.packs());
  expect(credits.cover(6)).toMatchObject({ credits: 10 });
  expect(credits.buys(5)[1]).toMatchObject({ times: 0, leftOver: 5, text: "0 × Film" });
});

test("a spend is on its way, runs, and is spent", async () => {
  const credits = preview({ settled: 20 });
  const shown: number[] = [];
  credits.subscribe(() => shown.push(credits.getSnapshot().shown));
  const spend = credits.spend("film");
  expect(credits.getSnapshot()).toMatchObject({ phase: "pending", shown: 13 });
  vi.advanceTimersByTime(500);
  expect(spend.state).toBe("running");
  expect(credits.getSnapshot()).toMatchObject({ phase: "settled", held: 7, shown: 13 });
  vi.advanceTimersByTime(1500);
  await expect(spend.settled).resolves.toMatchObject({ state: "captured", spent: 7 });
  expect(credits.getSnapshot()).toMatchObject({ settled: 13, held: 0, shown: 13 });
  expect(new Set(shown)).toEqual(new Set([13]));
  const kinds = [];
  for await (const { kind } of credits.history()) kinds.push(kind);
  expect(kinds).toEqual(["capture", "hold"]);
  for await (const story of credits.stories())
    expect(story).toMatchObject({ key: "spent", spent: 7 });
});

test("work that fails returns its credits, and says so", async () => {
  const credits = preview({ settled: 20 }, { outcome: "returned" });
  const spend = credits.spend("image", { quantity: 2 });
  vi.advanceTimersByTime(2000);
  await expect(spend.settled).resolves.toMatchObject({ state: "released", reason: "failed" });
  expect(credits.getSnapshot()).toMatchObject({
    shown: 20,
    happened: { key: "returned", credits: 4, operation: "image" },
  });
});

test("a spend can be called off until it ends", async () => {
  const credits = preview({ settled: 20 });
  const [early, late] = [credits.spend("image"), credits.spend("film")];
  early.cancel();
  vi.advanceTimersByTime(600);
  late.cancel();
  vi.advanceTimersByTime(2000);
  expect((await early.settled).spent + (await late.settled).spent).toBe(0);
  expect(credits.getSnapshot()).toMatchObject({ shown: 20, held: 0, phase: "settled" });
});

test("what the client refuses is refused", () => {
  const broke = preview({ settled: 1 });
  expect(broke.canSpend("image")).toBe(false);
  expect(() => broke.spend("image")).toThrow(
    expect.objectContaining({ code: "insufficient_credits", required: 2, available: 1 }),
  );
  const offline = preview({ settled: 20, phase: "offline" });
  expect(() => offline.spend("image")).toThrow(expect.objectContaining({ code: "network" }));
  expect(() => broke.spend("none")).toThrow(expect.objectContaining({ code: "unknown_operation" }));
});

test("nothing can be bought, and the error says why", async () => {
  await expect(preview({ settled: 1 }).checkout("starter")).rejects.toMatchObject({
    code: "payments_not_configured",
    message: expect.stringContaining("preview"),
  });
});

test("a new catalog leaves spends alone; a new situation calls them off", async () => {
  const credits = preview({ settled: 20 });
  const spend = credits.spend("film");
  const [pack] = SHOP.packs;
  const dearer = { ...SHOP, low_at: 15, packs: [{ ...pack, prices: { usd: 500 } }] };
  credits.show({ catalog: workbench.publicCatalog(dearer) });
  expect(credits.packs()[0]?.amountMinor).toBe(500);
  expect(credits.getSnapshot()).toMatchObject({ phase: "pending", level: "low", shown: 13 });
  credits.show({ situation: { settled: 8 } });
  await expect(spend.settled).resolves.toMatchObject({ state: "cancelled", spent: 0 });
  expect(credits.getSnapshot()).toMatchObject({ phase: "settled", shown: 8 });
  vi.advanceTimersByTime(5000);
  expect(credits.getSnapshot()).toMatchObject({ settled: 8, held: 0 });
});

test("codes are good where the preview is told what they do", async () => {
  const promotions = [{ code: "MORE", bonus_credits: 2 }];
  const deal = (asked: Asked) => workbench.deal({ ...SHOP, promotions }, asked, {}, Date.now());
  const credits = preview({ settled: 20 }, { deal });
  const quote = await credits.quote("starter", { quantity: 2, promotion: " more " });
  expect(quote).toMatchObject({ promotion: "more", price: { amountMinor: 800 }, credits: 12 });
  const one = await credits.quote("starter", { promotion: "MORE" });
  expect(credits.packs([one])[0]).toMatchObject({ credits: 7, bonusCredits: 2 });
  const unknown = { code: "promotion_invalid", reason: "unknown" };
  await expect(credits.quote("starter", { promotion: "LESS" })).rejects.toMatchObject(unknown);
  const untold = preview({ settled: 20 });
  await expect(untold.quote("starter", { promotion: "MORE" })).rejects.toMatchObject(unknown);
  await expect(untold.quote("starter")).resolves.toMatchObject({ credits: 5 });
});

test("what cannot be shown is refused, and the rest stays", () => {
  const credits = preview({ settled: 20 });
  const bad = () => credits.show({ situation: { settled: 1.5 } });
  expect(bad).toThrow(expect.objectContaining({ code: "invalid_request", field: "settled" }));
  expect(credits.getSnapshot().shown).toBe(20);
});

test("it is ready with the first numbers, and closes", async () => {
  const credits = preview({ settled: 20, phase: "loading" });
  let isReady = false;
  void credits.ready.then(() => {
    isReady = true;
  });
  await Promise.resolve();
  expect(isReady).toBe(false);
  credits.show({ situation: { settled: 20 } });
  await credits.ready;
  credits.close();
  expect(credits.fault?.code).toBe("closed");
  expect(() => credits.spend("image")).toThrow(expect.objectContaining({ code: "closed" }));
  expect(credits.getSnapshot().shown).toBe(20);
});
