import type { OperationId } from "../../shared/api.ts";
import { icon, make, say } from "../element.ts";
import { moment, NOUN } from "../words.ts";
import { stateLine, type Work } from "../work.ts";
import type { Body } from "./body.ts";
import { campaignBody } from "./campaign_body.ts";
import { draftBody } from "./draft_body.ts";
import { pictureBody } from "./picture_body.ts";

/** What a card's buttons do. */
export interface CardActions {
  stop(op: string): void;
  again(work: Work): void;
}

export interface Card {
  readonly element: HTMLElement;
  update(work: Work): void;
}

const BODIES: Record<OperationId, () => Body> = {
  draft: draftBody,
  image: pictureBody,
  campaign: campaignBody,
};

/** A work on the wall: what was asked, the work itself, and one line on its state. */
export function card(first: Work, actions: CardActions): Card {
  let shown = first;
  const body = BODIES[first.operation]();
  const state = make("span", "card-state-text");
  const bar = make("div", "card-bar");
  const stop = button("Stop", () => actions.stop(shown.op));
  const again = button("Try again", () => actions.again(shown));
  const foot = make("div", "card-foot", make("p", "card-state", make("i", "dot"), state));
  foot.append(stop, again);
  const element = make("li", "card", head(first), body.element, bar, foot);
  element.dataset.op = first.op;
  element.dataset.operation = first.operation;

  const update = (work: Work) => {
    shown = work;
    element.dataset.stage = work.stage;
    element.dataset.fate = work.fate ? (work.fate.spent > 0 ? "spent" : "returned") : "open";
    element.setAttribute("aria-busy", String(work.stage === "working"));
    body.update(work);
    bar.style.setProperty("--done", String(progress(work)));
    say(state, stateLine(work));
    stop.hidden = work.stage !== "working" || work.stopping === true;
    again.hidden = work.stage === "working" || work.stage === "made";
  };
  update(first);
  return { element, update };
}

function head(work: Work): HTMLElement {
  const time = make("time", "", moment(work.madeAtMs, Date.now()));
  time.dateTime = new Date(work.madeAtMs).toISOString();
  const kind = make("p", "card-kind", icon(work.operation), NOUN[work.operation], time);
  return make("div", "card-head", kind, make("p", "card-prompt", work.prompt));
}

function button(text: string, act: () => void): HTMLButtonElement {
  const element = make("button", "quiet", text);
  element.type = "button";
  element.addEventListener("click", act);
  return element;
}

/** 0 to 1 over the whole work, however many steps it has. */
function progress(work: Work): number {
  if (work.stage === "made") return 1;
  if (work.operation === "draft") return Math.min(work.words.length / 700, 1);
  if (work.operation === "image") return work.done;
  return (Object.keys(work.parts).length + work.done) / 3;
}
