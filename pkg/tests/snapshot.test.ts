import { expect, test } from "vitest";
import { LOADING, reconcile } from "../src/snapshot.js";

test("what is equal keeps its identity, all the way down", () => {
  const first = reconcile(undefined, {
    shown: 5,
    spends: [{ op: "a" }],
    operations: [{ id: "x" }],
  });
  expect(reconcile(first, structuredClone(first))).toBe(first);
  const second = reconcile(first, { ...structuredClone(first), shown: 4 });
  expect(second).not.toBe(first);
  expect(second.spends).toBe(first.spends);
  const third = reconcile(second, { ...second, spends: [{ op: "a" }, { op: "b" }] });
  expect(third.spends[0]).toBe(second.spends[0]);
  expect(third.operations).toBe(first.operations);
});

test("a list that shrinks to a prefix, or an object that loses a key, is another one", () => {
  const list = reconcile(undefined, [1, 2]);
  expect(reconcile(list, [1])).toEqual([1]);
  const object: { a?: number; b?: number } = reconcile(undefined, { a: 1, b: 2 });
  expect(reconcile(object, { a: 1 })).toEqual({ a: 1 });
  expect(reconcile<unknown>([], {})).toEqual({});
  expect(reconcile<unknown>({}, [])).toEqual([]);
});

test("absent optionals are absent", () => {
  const value = reconcile(undefined, { key: "spent", reason: undefined });
  expect(Object.keys(value)).toEqual(["key"]);
  expect(reconcile(value, { key: "spent", reason: undefined })).toBe(value);
});

test("everything is frozen", () => {
  const value = reconcile(undefined, { spends: [{ op: "a" }] });
  expect([value, value.spends, value.spends[0]].every(Object.isFrozen)).toBe(true);
  expect(Object.isFrozen(LOADING) && Object.isFrozen(LOADING.spends)).toBe(true);
});
