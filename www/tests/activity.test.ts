import type { Entry } from "creditpack";
import { expect, it } from "vitest";
import { activityLines } from "../src/activity/lines.ts";

function entry(version: number, kind: Entry["kind"], more: Partial<Entry> = {}): Entry {
  return { version, kind, credits: 1, settled: 0, held: 0, available: 0, atMs: version, ...more };
}

function told(...entries: Entry[]): string[] {
  return activityLines(entries).map(({ what, change, detail }) => `${change} ${what}: ${detail}`);
}

it("tells a purchase", () => {
  expect(told(entry(1, "grant", { source: "purchase", credits: 15 }))).toEqual([
    "+15 Bought 15 credits: Payment received",
  ]);
});

it("tells a spend in one line, from its hold to its end", () => {
  const hold = entry(2, "hold", { op: "a", operation: "draft" });
  const capture = entry(3, "capture", { op: "a", operation: "draft" });
  expect(told(hold)).toEqual(["−1 Draft: 1 credit in use"]);
  expect(told(capture, hold)).toEqual(["−1 Draft: 1 credit spent"]);
});

it("tells a return both ways, and why", () => {
  const hold = entry(2, "hold", { op: "a", operation: "image" });
  const release = entry(3, "release", { op: "a", operation: "image", reason: "failed" });
  expect(told(release, hold)).toEqual(["−1 +1 Picture: Failed · not charged"]);
});

it("keeps a refund apart from the spend it undoes", () => {
  const capture = entry(3, "capture", { op: "a", operation: "campaign" });
  const refund = entry(4, "refund", { op: "a", operation: "campaign" });
  expect(told(refund, capture)).toEqual([
    "+1 Campaign refunded: 1 credit returned",
    "−1 Campaign: 1 credit spent",
  ]);
});

it("keeps the order and one key per story", () => {
  const lines = activityLines([
    entry(4, "capture", { op: "b", operation: "draft" }),
    entry(3, "hold", { op: "a", operation: "draft" }),
    entry(2, "hold", { op: "b", operation: "draft" }),
    entry(1, "grant", { source: "promotion", credits: 3, reason: "welcome" }),
  ]);
  expect(lines.map(({ key }) => key)).toEqual(["b", "a", "version 1"]);
});
