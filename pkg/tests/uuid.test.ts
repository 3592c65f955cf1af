import { expect, test } from "vitest";
import { timeOfUuidv7, uuidv7 } from "../src/uuid.js";

test("an op is a lower-case UUIDv7 of its time", () => {
  const id = uuidv7(0x0192_3456_789a);
  expect(id).toMatch(/^01923456-789a-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("ids made later sort later, and no two are the same", () => {
  const ids = Array.from({ length: 100 }, (_, ms) => uuidv7(1_700_000_000_000 + ms));
  expect([...ids].sort()).toEqual(ids);
  expect(new Set(Array.from({ length: 100 }, () => uuidv7(1))).size).toBe(100);
});

test("an op tells when it was made; what is no op tells nothing", () => {
  expect(timeOfUuidv7(uuidv7(1_700_000_000_123))).toBe(1_700_000_000_123);
  for (const other of ["", "order-17", "0b9ad1f2-4c00-4d3e-9f10-5a6b7c8d9e01"]) {
    expect(timeOfUuidv7(other)).toBe(undefined);
  }
});
