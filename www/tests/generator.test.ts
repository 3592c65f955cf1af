import { describe, expect, it } from "vitest";
import { draft } from "../server/generator/draft.ts";
import { GenerationFailed, perform } from "../server/generator/perform.ts";
import { asText, script } from "../server/generator/script.ts";
import { topicOf } from "../server/generator/topic.ts";
import type { Line } from "../shared/api.ts";

const PROMPT = "A lighthouse that sells umbrellas";

describe("the generator", () => {
  it.each(["draft", "image", "campaign"] as const)("makes the same %s twice", (operation) => {
    expect(script(operation, PROMPT)).toEqual(script(operation, PROMPT));
    expect(script(operation, PROMPT).made).not.toEqual(script(operation, "A blue door").made);
  });

  it("writes a draft piece by piece, and the pieces are the whole", () => {
    const words = script("draft", PROMPT).slices.map((line) => (line as { text: string }).text);
    expect(words.join("")).toBe(asText(draft(PROMPT)));
  });

  it("leaves no blank in any draft unfilled", () => {
    for (let nth = 0; nth < 200; nth++) {
      expect(asText(draft(`prompt ${nth}`))).not.toMatch(/[{}]|undefined|\s{3,}/);
    }
  });

  it("draws well-formed pictures that load nothing", () => {
    for (const prompt of ["hills at night", "rain on the sea", "a quilt", "x", '<b>&"']) {
      const { made } = script("image", prompt);
      const svg = made.operation === "image" ? made.picture.svg : "";
      expect(svg).toMatch(/^<svg xmlns.*<\/svg>$/);
      expect(svg).not.toMatch(/NaN|undefined|href|<script/);
    }
  });

  it("finishes a campaign's steps in order", () => {
    const steps = script("campaign", PROMPT).slices.filter(({ type }) => type === "step");
    expect(steps.map((line) => Object.keys((line as { part: object }).part)[0])).toEqual([
      "idea",
      "text",
      "picture",
    ]);
  });
});

describe("a performance", () => {
  const signal = new AbortController().signal;

  it("tells every slice and hands over the work", async () => {
    const told: Line[] = [];
    const short = {
      ...script("draft", PROMPT),
      slices: script("draft", PROMPT).slices.slice(0, 3),
    };
    const made = await perform(short, (line) => told.push(line), { fails: false, signal });
    expect(told).toEqual(short.slices);
    expect(made).toBe(short.made);
  });

  it("stops halfway when it has to fail", async () => {
    const told: Line[] = [];
    const whole = script("image", PROMPT);
    const short = { ...whole, slices: whole.slices.slice(0, 4) };
    const work = perform(short, (line) => told.push(line), { fails: true, signal });
    await expect(work).rejects.toBeInstanceOf(GenerationFailed);
    expect(told).toHaveLength(2);
  });

  it("stops as soon as it is told to", async () => {
    const halt = new AbortController();
    const whole = script("image", PROMPT);
    const work = perform(whole, () => halt.abort(), { fails: false, signal: halt.signal });
    await expect(work).rejects.toMatchObject({ name: "AbortError" });
  });
});

describe("a topic", () => {
  it.each([
    ["Write a short story about A Blue Door.", "a Blue Door"],
    ["draw me the sea", "the sea"],
    ["  ", "a blank page"],
    ["NASA in spring", "NASA in spring"],
  ])("of %j is %j", (prompt, topic) => expect(topicOf(prompt)).toBe(topic));

  it("is short enough for a title, and ends at a word", () => {
    const topic = topicOf("the very long road ".repeat(12));
    expect(topic.length).toBeLessThanOrEqual(72);
    expect(topic).toMatch(/(the|very|long|road)$/);
  });
});
