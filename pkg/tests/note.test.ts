import { expect, test } from "vitest";
import { noteFor, widestNotes } from "../src/elements/note.js";
import { createWords } from "../src/messages.js";
import { type Happening, LOADING, type Snapshot } from "../src/snapshot.js";

const words = createWords("en");
const settled: Snapshot = { ...LOADING, phase: "settled", epoch: "e", shown: 5, available: 5 };
const note = (snapshot: Partial<Snapshot>, recent?: Omit<Happening, "serial" | "credits">) =>
  noteFor({ ...settled, ...snapshot }, recent && { serial: 1, credits: 1, ...recent }, words).text;

test.each([
  ["insufficient_credits", "Not enough credits"],
  ["price_changed", "Not charged"],
  ["cancelled", "Not charged"],
  [undefined, "Not charged"],
])("a spend refused because of %s", (reason, text) => {
  expect(note({}, { key: "declined", ...(reason && { reason }) })).toBe(text);
});

test.each([
  ["stale", "Updating…"],
  ["offline", "Offline"],
  ["unknown", "Checking…"],
  ["overcommitted", "Spent elsewhere"],
] as const)("%s goes before what is in use, on its way, or new", (phase, text) => {
  expect(note({ phase, held: 1, incoming: 5 })).toBe(text);
  expect(note({ phase }, { key: "granted" })).toBe(text);
});

test("without trouble: what is new, then what is on its way in, then what is in use", () => {
  expect(note({ held: 1, incoming: 5 }, { key: "granted" })).toBe("1 added");
  expect(note({ held: 1, incoming: 5 })).toBe("Adding 5 credits…");
  expect(note({ held: 1 })).toBe("1 in use");
  expect(note({})).toBe("available");
});

test("the place that is kept fits every note", () => {
  const fixed = ["noteUnknown", "noteStale", "noteOffline", "noteFault"] as const;
  expect(widestNotes(words)).toEqual(expect.arrayContaining(fixed.map((key) => words(key))));
});
