import { setTimeout as sleep } from "node:timers/promises";
import type { Line, Made } from "../../shared/api.ts";
import type { Script } from "./script.ts";

/** The generator gave up; the message is fit for the person who asked. */
export class GenerationFailed extends Error {}

const SLICE_MS = 165;

/**
 * Goes through a script at a human pace, 2 to 3 seconds in all, telling each slice as it is done.
 *
 * @throws {GenerationFailed} halfway, if `fails`; an `AbortError` as soon as `signal` aborts.
 */
export async function perform(
  { slices, made }: Script,
  tell: (line: Line) => void,
  { fails, signal }: { fails: boolean; signal: AbortSignal },
): Promise<Made> {
  for (const [nth, line] of slices.entries()) {
    await sleep(SLICE_MS, undefined, { signal });
    if (fails && nth >= slices.length / 2) {
      throw new GenerationFailed("the generator stopped halfway");
    }
    tell(line);
  }
  return made;
}
