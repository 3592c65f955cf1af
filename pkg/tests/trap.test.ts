import { expect, test } from "vitest";
import { guard } from "../src/trap.js";

/** A module whose one export, `f`, is `unreachable`: a trap like that of a Rust panic. */
const TRAPPING = new Uint8Array([
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 0x66, 0, 0, 10, 5,
  1, 3, 0, 0, 11,
]);

test("a refusal passes as it is; after a trap nothing enters the module again", () => {
  const refusal = Object.assign(new Error("short"), { code: "insufficient_credits", required: 2 });
  const refuse = () => {
    throw refusal;
  };
  expect(() => guard(refuse)).toThrow(
    expect.objectContaining({ name: "CreditError", code: "insufficient_credits", required: 2 }),
  );
  expect(guard(() => 5)).toBe(5);

  const { f } = new WebAssembly.Instance(new WebAssembly.Module(TRAPPING)).exports;
  expect(() => guard(f as () => void)).toThrow(expect.objectContaining({ code: "internal" }));
  let entered = false;
  const enter = () => {
    entered = true;
  };
  expect(() => guard(enter)).toThrow(expect.objectContaining({ code: "internal" }));
  expect(entered).toBe(false);
});
