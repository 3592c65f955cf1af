import { expect, test } from "vitest";
import { uuidv7 } from "../src/uuid.js";

test("an op is a lower-case UUIDv7 of its time", () => {
  const id = uuidv7(0x0192_3456_789a);
  expect(id).toMatch(/^01923456-789a-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("ids made later sort later, and no two are the same", () => {
  const ids = Array.from({ length: 100 }, (_, ms) => uuidv7(1_700_000_000_000 + ms));
  expect([...ids].sort()).toEqual(ids);
  expect(new Set(Array.from({ length: 100 }, () => uuidv7(1))).size).toBe(100);
});
