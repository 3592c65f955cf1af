import {
  CAMPAIGN_STEPS,
  type Draft,
  type Line,
  type Made,
  type OperationId,
} from "../../shared/api.ts";
import { campaign } from "./campaign.ts";
import { draft } from "./draft.ts";
import { picture } from "./picture.ts";

/** A whole generation, worked out beforehand: what to say slice by slice, and what comes of it. */
export interface Script {
  slices: Line[];
  made: Made;
}

const SLICES_OF_DRAFT = 12;
const SLICES_OF_PICTURE = 12;
const SLICES_OF_STEP = 5;

export function script(operation: OperationId, prompt: string): Script {
  switch (operation) {
    case "draft":
      return draftScript(draft(prompt));
    case "image": {
      const made: Made = { operation, picture: picture(prompt) };
      return { slices: strokes(SLICES_OF_PICTURE), made };
    }
    case "campaign":
      return campaignScript(prompt);
  }
}

/** The piece as one text, as it grows while it is written: the title, then the paragraphs. */
export function asText({ title, paragraphs }: Draft): string {
  return [title, ...paragraphs].join("\n\n");
}

function draftScript(piece: Draft): Script {
  const words = asText(piece).match(/\S+\s*/g) ?? [];
  const perSlice = Math.ceil(words.length / SLICES_OF_DRAFT);
  const slices: Line[] = [];
  for (let at = 0; at < words.length; at += perSlice) {
    slices.push({ type: "words", text: words.slice(at, at + perSlice).join("") });
  }
  return { slices, made: { operation: "draft", draft: piece } };
}

function campaignScript(prompt: string): Script {
  const whole = campaign(prompt);
  const slices = CAMPAIGN_STEPS.flatMap((step): Line[] => [
    ...strokes(SLICES_OF_STEP).map((line): Line => ({ ...line, step })),
    { type: "step", part: { [step]: whole[step] } },
  ]);
  return { slices, made: { operation: "campaign", campaign: whole } };
}

function strokes(count: number): Extract<Line, { type: "progress" }>[] {
  return Array.from({ length: count }, (_, nth) => ({ type: "progress", done: (nth + 1) / count }));
}
