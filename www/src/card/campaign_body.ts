import { CAMPAIGN_STEPS, type Campaign, type CampaignStep } from "../../shared/api.ts";
import { make, say } from "../element.ts";
import { STEP_NOUN } from "../words.ts";
import type { Work } from "../work.ts";
import type { Body } from "./body.ts";
import { shown } from "./picture_body.ts";

/** A campaign: its three steps, each filled in when it is finished. */
export function campaignBody(): Body {
  const steps = CAMPAIGN_STEPS.map((step) => ({ step, ...stepRow(step) }));
  const element = make("ol", "steps", ...steps.map(({ row }) => row));
  const update = (work: Work) => {
    const parts = partsOf(work);
    for (const { step, row, state, content } of steps) {
      row.dataset.state = stateOf(work, step, parts);
      say(state, STATE_WORDS[row.dataset.state] ?? "");
      if (!content.firstChild) content.append(...contentOf(step, parts));
    }
  };
  return { element, update };
}

function stepRow(step: CampaignStep) {
  const state = make("span", "step-state");
  const content = make("div", `step-content step-${step}`);
  const name = make("p", "step-name", STEP_NOUN[step], state);
  return { row: make("li", "step", name, content), state, content };
}

function partsOf({ made, parts }: Work): Partial<Campaign> {
  return made?.operation === "campaign" ? made.campaign : parts;
}

function stateOf(work: Work, step: CampaignStep, parts: Partial<Campaign>): string {
  if (parts[step] !== undefined) return "done";
  if (work.stage !== "working") return "unfinished";
  const next = CAMPAIGN_STEPS.find((one) => parts[one] === undefined);
  return step === next ? "working" : "waiting";
}

const STATE_WORDS: Record<string, string> = {
  done: "done",
  working: "working…",
  waiting: "next",
  unfinished: "not finished",
};

function contentOf(step: CampaignStep, { idea, text, picture }: Partial<Campaign>): Node[] {
  if (step === "idea") return idea ? [make("p", "idea", idea)] : [];
  if (step === "text") return text ? [make("p", "", text)] : [];
  return picture ? [make("div", "frame", shown(picture))] : [];
}
