import type { CampaignStep, OperationId } from "../shared/api.ts";

const WHOLE = new Intl.NumberFormat("en");

/** "1 credit", "15 credits". */
export function credits(count: number): string {
  return `${WHOLE.format(count)} ${count === 1 ? "credit" : "credits"}`;
}

/** What an operation's result is called. */
export const NOUN: Record<OperationId, string> = {
  draft: "Draft",
  image: "Picture",
  campaign: "Campaign",
};

/** What the button that starts an operation says. */
export const VERB: Record<OperationId, string> = {
  draft: "Write",
  image: "Paint",
  campaign: "Run",
};

export const STEP_NOUN: Record<CampaignStep, string> = {
  idea: "Idea",
  text: "Text",
  picture: "Picture",
};

export function isOperation(id: string): id is OperationId {
  return Object.hasOwn(NOUN, id);
}

const CLOCK = new Intl.DateTimeFormat("en", {
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});
const DAY = new Intl.DateTimeFormat("en", { day: "numeric", month: "short" });

/** "14:05" for a moment of today, "3 Nov" for an earlier one. */
export function moment(atMs: number, nowMs: number): string {
  const sameDay = new Date(atMs).toDateString() === new Date(nowMs).toDateString();
  return (sameDay ? CLOCK : DAY).format(atMs);
}
