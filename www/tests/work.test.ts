import { expect, it } from "vitest";
import { newWork, stateLine, type Work, withLine, withOutcome } from "../src/work.ts";

const working = newWork("op", "image", "a quilt", 1);
const made = withLine(working, {
  type: "made",
  made: { operation: "image", picture: { title: "A quilt", svg: "<svg/>" } },
});
const failed = withLine(working, { type: "failed", reason: "the generator stopped halfway" });

function ended(work: Work, state: "captured" | "released", spent: number): Work {
  return withOutcome(work, { op: "op", operation: "image", credits: 1, state, spent });
}

it.each([
  [working, "Working · 1 credit in use"],
  [{ ...working, stopping: true }, "Stopping · 1 credit in use"],
  [made, "Done · confirming 1 credit"],
  [ended(made, "captured", 1), "Done · 1 credit spent"],
  [failed, "Failed · returning 1 credit: the generator stopped halfway"],
  [ended(failed, "released", 0), "Failed · not charged: the generator stopped halfway"],
  [ended({ ...working, stage: "stopped" }, "released", 0), "Stopped · not charged"],
])("says what is known and no more (%#)", (work, line) => {
  expect(stateLine(work)).toBe(line);
});
