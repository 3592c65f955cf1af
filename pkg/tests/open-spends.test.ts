import { expect, test } from "vitest";
import { createOpenSpends } from "../src/open-spends.js";
import type { OpenSpend } from "../src/snapshot.js";

const spend = (op: string, stage: OpenSpend["stage"] = "sent"): OpenSpend => ({
  op,
  operation: "image",
  credits: 1,
  stage,
});

test("what did not change is the object it was, and nothing new is the same list", () => {
  const tell = createOpenSpends();
  const first = tell({ spends: [spend("a"), spend("b")] });
  expect(tell({ spends: [] })).toBe(first);
  const second = tell({ spends: [spend("b", "running"), spend("c")] });
  expect(second.map(({ op, stage }) => [op, stage])).toEqual([
    ["a", "sent"],
    ["b", "running"],
    ["c", "sent"],
  ]);
  expect(second[0]).toBe(first[0]);
  expect([second, ...second].every(Object.isFrozen)).toBe(true);
});

test("a spend that is over leaves, and one that is heard of late stands where it belongs", () => {
  const tell = createOpenSpends();
  tell({ spends: [spend("a"), spend("c"), spend("d")] });
  expect(tell({ spends: [spend("b")], over: ["c"] }).map(({ op }) => op)).toEqual(["a", "b", "d"]);
  expect(tell({ spends: [spend("e")], over: ["d"] }).map(({ op }) => op)).toEqual(["a", "b", "e"]);
});
