import type { Credits } from "../client.js";
import { toCreditError } from "../errors.js";
import type { Snapshot } from "../snapshot.js";
import { emit } from "./events.js";
import { watchLevel } from "./level.js";

/** Sends what happens to `credits` up from `target` as events; the returned function ends it. */
export function report(target: EventTarget, credits: Credits): () => void {
  let stopped = false;
  let before = credits.getSnapshot();
  let fault = credits.fault;
  const levelOf = watchLevel();
  levelOf(before);
  let isReady = false;
  const becomeReady = () => {
    if (!stopped && !isReady) emit(target, "credit-ready", credits.getSnapshot());
    isReady = true;
  };
  const awaitReady = () => void credits.ready.then(becomeReady, () => {});
  awaitReady();
  const look = () => {
    const now = credits.getSnapshot();
    if (balanceDiffers(before, now)) emit(target, "credit-balance-change", now);
    const { happened } = now;
    if (happened?.key === "returned" && happened.serial !== before.happened?.serial) {
      emit(target, "credit-returned", happened);
    }
    for (const level of levelOf(now)) emit(target, `credit-${level}`, now);
    if (credits.fault && credits.fault !== fault && credits.fault.code !== "closed") {
      emit(target, "credit-error", toCreditError(credits.fault));
    }
    // A client that started again after a fault has a new promise.
    if (fault && !credits.fault) awaitReady();
    [before, fault] = [now, credits.fault];
  };
  const stop = credits.subscribe(look);
  return () => {
    stopped = true;
    stop();
  };
}

function balanceDiffers(before: Snapshot, now: Snapshot): boolean {
  const numbers = ["shown", "settled", "held", "available", "pending", "incoming"] as const;
  return numbers.some((name) => before[name] !== now[name]);
}
