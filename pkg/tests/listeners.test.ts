// Very many waits on one signal: Node warns of a leak where more than ten listen to one target.
import { getEventListeners } from "node:events";
import { afterEach, expect, test } from "vitest";
import { pause, within } from "../src/retry.js";

const WAITS = 40;
const warnings: Error[] = [];
const keep = (warning: Error) => {
  if (warning.name === "MaxListenersExceededWarning") warnings.push(warning);
};
process.on("warning", keep);
afterEach(() => void warnings.splice(0));

const listeners = (signal: AbortSignal) => getEventListeners(signal, "abort").length;

test("however many wait, a signal has few listeners, and none once they have all ended", async () => {
  const life = new AbortController();
  const answers: (() => void)[] = [];
  const waits = Array.from({ length: WAITS }, () => [
    within(60_000, new Promise<void>((resolve) => answers.push(resolve)), life.signal),
    pause(1, life.signal),
  ]);
  expect(listeners(life.signal)).toBeLessThan(3);
  for (const answer of answers) answer();
  await Promise.all(waits.flat());
  expect(listeners(life.signal)).toBe(0);
  await new Promise(setImmediate);
  expect(warnings).toEqual([]);
});

test("each of them ends when the signal aborts, for its reason", async () => {
  const life = new AbortController();
  const waits = Array.from({ length: WAITS }, () => [
    within(60_000, new Promise(() => {}), life.signal),
    pause(60_000, life.signal),
  ]);
  life.abort("closed");
  const ends = await Promise.allSettled(waits.flat());
  expect(new Set(ends.map((end) => (end.status === "rejected" ? end.reason : "went on")))).toEqual(
    new Set(["closed"]),
  );
  await expect(within(60_000, new Promise(() => {}), life.signal)).rejects.toBe("closed");
  await expect(pause(60_000, life.signal)).rejects.toBe("closed");
});
