import type { Outcome } from "creditpack";
import type { Campaign, CampaignStep, Line, Made, OperationId } from "../shared/api.ts";
import { credits } from "./words.ts";

/** One piece of work: what was asked, how far it is, and what became of its credit. */
export interface Work {
  /** The op of the spend that pays for it. */
  readonly op: string;
  readonly operation: OperationId;
  readonly prompt: string;
  readonly madeAtMs: number;
  /** Credits set aside for it. */
  readonly credits: number;
  readonly stage: "working" | "made" | "failed" | "stopped";
  /** Asked to stop, while it is still working. */
  readonly stopping?: boolean;
  /** 0 to 1, of the whole or of the present step. */
  readonly done: number;
  readonly step?: CampaignStep;
  /** A draft's text so far: the title, then paragraphs, with empty lines between. */
  readonly words: string;
  /** The finished steps of a campaign. */
  readonly parts: Partial<Campaign>;
  readonly made?: Made;
  /** Why it failed. */
  readonly reason?: string;
  /** What the ledger says became of the credits; absent while it has not said. */
  readonly fate?: Fate;
}

export interface Fate {
  /** Whole credits really spent; 0 when they came back. */
  readonly spent: number;
}

export function newWork(op: string, operation: OperationId, prompt: string, cost: number): Work {
  const madeAtMs = Date.now();
  return {
    ...{ op, operation, prompt, madeAtMs, credits: cost },
    ...{ stage: "working", done: 0, words: "", parts: {} },
  };
}

/** The work after one more line from the app server. */
export function withLine(work: Work, line: Line): Work {
  switch (line.type) {
    case "started":
      return work;
    case "progress":
      return { ...work, done: line.done, ...(line.step && { step: line.step }) };
    case "words":
      return { ...work, words: work.words + line.text };
    case "step":
      return { ...work, parts: { ...work.parts, ...line.part }, done: 0 };
    case "made":
      return { ...work, stage: "made", made: line.made, done: 1 };
    case "failed":
      return { ...work, stage: "failed", reason: line.reason };
  }
}

export function withOutcome(work: Work, outcome: Outcome): Work {
  return { ...work, fate: { spent: outcome.spent } };
}

/**
 * The state of a work in one plain line. Says "spent" or "not charged" only when the ledger has.
 */
export function stateLine(work: Work): string {
  const { stage, fate, reason, stopping } = work;
  const cost = credits(work.credits);
  const because = reason ? `: ${reason}` : "";
  if (stage === "working") return `${stopping ? "Stopping" : "Working"} · ${cost} in use`;
  if (stage === "made") {
    return fate ? `Done · ${credits(fate.spent)} spent` : `Done · confirming ${cost}`;
  }
  const what = stage === "failed" ? "Failed" : "Stopped";
  if (!fate) return `${what} · returning ${cost}${because}`;
  return fate.spent === 0
    ? `${what} · not charged${because}`
    : `${what} · ${credits(fate.spent)} spent${because}`;
}
