import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Credits } from "../src/client.js";
import { gather, sentences } from "../src/elements/announcer.js";
import { watchLevel } from "../src/elements/level.js";
import { createWords } from "../src/messages.js";
import { type Happening, LOADING, type Snapshot } from "../src/snapshot.js";

const READY: Snapshot = {
  ...LOADING,
  phase: "settled",
  epoch: "e",
  shown: 15,
  settled: 15,
  available: 15,
};
const OPEN = { op: "01", operation: "image", credits: 1, stage: "running" } as const;

/** An account whose snapshots are given one after another, and all that is read out of it. */
function listen(first: Partial<Snapshot> = {}) {
  let snapshot: Snapshot = { ...READY, ...first };
  let serial = snapshot.happened?.serial ?? 0;
  const listeners = new Set<() => void>();
  const credits = {
    getSnapshot: () => snapshot,
    subscribe: (listener: () => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    operations: () => [{ id: "image", label: "Picture", credits: 1, affordable: true }],
  } as unknown as Credits;
  const heard: string[] = [];
  const words = createWords("en");
  const stop = gather(credits, (news) => heard.push(sentences(news, credits, words)));
  const now = (next: Partial<Snapshot>) => {
    snapshot = { ...snapshot, ...next };
    for (const listener of [...listeners]) listener();
  };
  const happens = (what: Omit<Happening, "serial">, next: Partial<Snapshot> = {}, skipped = 0) => {
    serial += 1 + skipped;
    now({ ...next, happened: { serial, ...what } });
  };
  return { heard, now, happens, stop };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("a spend on its way is not announced; what it settled as is, a second later", () => {
  const { heard, now, happens } = listen();
  now({ phase: "pending", shown: 14, pending: 1, spends: [{ ...OPEN, stage: "sent" }] });
  vi.advanceTimersByTime(5000);
  now({ phase: "settled", held: 1, available: 14, pending: 0, spends: [OPEN] });
  vi.advanceTimersByTime(5000);
  expect(heard).toEqual([]);
  happens({ key: "spent", credits: 1, operation: "image" }, { held: 0, settled: 14, spends: [] });
  vi.advanceTimersByTime(999);
  expect(heard).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(heard).toEqual(["1 credit spent, 14 left."]);
});

test("news within a second is read together, each kind once with its sum", () => {
  const { heard, happens } = listen();
  happens({ key: "spent", credits: 1, operation: "image" }, { available: 14 });
  vi.advanceTimersByTime(400);
  happens({ key: "spent", credits: 3, operation: "campaign" }, { available: 11 });
  vi.advanceTimersByTime(400);
  const failed = { key: "returned", credits: 1, operation: "image", reason: "failed" } as const;
  happens(failed);
  happens(failed);
  happens({ key: "granted", credits: 5 }, { available: 16 });
  vi.advanceTimersByTime(200);
  expect(heard).toEqual([
    "4 credits spent, 16 left. Not charged: Picture could not be finished. " +
      "5 credits added, 16 available.",
  ]);
  vi.advanceTimersByTime(60_000);
  expect(heard).toHaveLength(1);
});

test("what is left is the confirmed number, whatever is on its way", () => {
  const { heard, happens } = listen();
  happens({ key: "granted", credits: 5 }, { shown: 17, available: 20, pending: 3 });
  vi.advanceTimersByTime(1000);
  expect(heard).toEqual(["5 credits added, 20 available."]);
});

test.each([
  ["failed", "Not charged: Picture could not be finished."],
  ["cancelled", "Not charged: Picture was cancelled."],
  ["invalid_output", "Not charged: the result of Picture was not usable."],
  ["expired", "Not charged: Picture took too long."],
])("credits that return because of %s", (reason, text) => {
  const { heard, happens } = listen();
  happens({ key: "returned", credits: 1, operation: "image", reason });
  vi.advanceTimersByTime(1000);
  expect(heard).toEqual([text]);
});

test.each([
  ["insufficient_credits", "Not enough credits. Nothing was charged."],
  ["price_changed", "Not charged: Picture could not be started."],
  ["op_too_old", "Not charged: Picture took too long."],
  [undefined, "Not charged: Picture could not be started."],
])("a spend that is refused because of %s", (reason, text) => {
  const { heard, happens } = listen();
  happens({ key: "declined", credits: 1, operation: "image", ...(reason && { reason }) });
  vi.advanceTimersByTime(1000);
  expect(heard).toEqual([text]);
});

test("what was there before is no news, and nothing is read after the end", () => {
  const { heard, now, happens, stop } = listen({
    level: "low",
    happened: { serial: 7, key: "granted", credits: 5 },
  });
  now({ version: 8 });
  vi.advanceTimersByTime(1000);
  happens({ key: "spent", credits: 1 });
  stop();
  vi.advanceTimersByTime(1000);
  expect(heard).toEqual([]);
});

test("happenings that this page was not told are said as the balance", () => {
  const { heard, happens } = listen({ happened: { serial: 7, key: "granted", credits: 5 } });
  happens({ key: "taken", credits: 5 }, { available: 3 }, 2);
  vi.advanceTimersByTime(1000);
  expect(heard).toEqual(["5 credits were taken back. 3 credits available"]);
});

test("running low is told with the spend that led there, once", () => {
  const { heard, now, happens } = listen();
  const spent = { key: "spent", credits: 12 } as const;
  happens(spent, { available: 3, shown: 3, level: "low" });
  vi.advanceTimersByTime(1000);
  now({ available: 2, shown: 2 });
  vi.advanceTimersByTime(1000);
  expect(heard).toEqual(["12 credits spent, 3 left. Credits are running low."]);
});

test("a mark that was crossed back within the second is not told", () => {
  const { heard, now, happens } = listen();
  happens({ key: "spent", credits: 12 }, { available: 3, level: "low" });
  now({ available: 18, level: "ok" });
  vi.advanceTimersByTime(1000);
  expect(heard).toEqual(["12 credits spent, 18 left."]);
});

test("each way down is told once: low, empty, and again after the level was up", () => {
  const fell = watchLevel();
  const levels = ["ok", "low", "low", "empty", "empty", "low", "empty", "ok", "low", "ok", "empty"];
  const told = levels.map((level) => fell({ ...READY, level: level as Snapshot["level"] }));
  expect(told).toEqual([
    [],
    ["low"],
    [],
    ["empty"],
    [],
    [],
    ["empty"],
    [],
    ["low"],
    [],
    ["low", "empty"],
  ]);
});

test("a mark is crossed by what has ended, not by what may come back", () => {
  const fell = watchLevel();
  const low: Partial<Snapshot> = { level: "low", pending: 1, spends: [OPEN] };
  const steps: Partial<Snapshot>[] = [
    { epoch: "", level: "empty" },
    {},
    low,
    { ...low, pending: 0 },
    {},
    low,
    { level: "low" },
  ];
  const told = steps.map((step) => fell({ ...READY, ...step }));
  expect(told).toEqual([...Array(6).fill([]), ["low"]]);
});
