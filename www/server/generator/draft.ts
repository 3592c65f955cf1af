import type { Draft } from "../../shared/api.ts";
import { Seeded } from "./seeded.ts";
import { capitalised, topicOf } from "./topic.ts";

/** A short piece about the prompt: a title and three paragraphs. Same prompt, same piece. */
export function draft(prompt: string): Draft {
  const seeded = new Seeded(`draft:${prompt}`);
  const topic = topicOf(prompt);
  const scene = {
    topic,
    Topic: capitalised(topic),
    place: seeded.pick(PLACES),
    who: seeded.pick(PEOPLE),
    thing: seeded.pick(THINGS),
    hour: seeded.pick(HOURS),
  };
  const turns = seeded.some(TURNS, 3);
  return {
    title: filled(seeded.pick(TITLES), scene),
    paragraphs: [
      [seeded.pick(OPENINGS), turns[0]],
      [seeded.pick(MIDDLES), turns[1], seeded.pick(DETAILS)],
      [turns[2], seeded.pick(ENDINGS)],
    ].map((sentences) => sentences.map((text) => filled(text ?? "", scene)).join(" ")),
  };
}

function filled(text: string, scene: Record<string, string>): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => scene[name] ?? "");
}

const TITLES = [
  "{Topic}",
  "A small history of {topic}",
  "Notes toward {topic}",
  "{Topic}, and what came after",
  "In praise of {topic}",
] as const;

const PLACES = [
  "Harrow Street",
  "the upper town",
  "a village with one bus a day",
  "the far side of the canal",
  "our end of the valley",
] as const;

const PEOPLE = [
  "the woman who kept the keys",
  "my grandmother",
  "the night porter",
  "a retired cartographer",
  "the boy from the bakery",
] as const;

const THINGS = [
  "a brass lamp",
  "half a map",
  "a tin of blue paint",
  "an unposted letter",
  "a kettle nobody admitted to owning",
] as const;

const HOURS = [
  "just before the bakeries open",
  "at the slow end of the afternoon",
  "around the hour when dogs are walked",
  "on the first dry morning of March",
] as const;

const OPENINGS = [
  "Nobody in {place} could say when it started, but everyone agreed it had to do with {topic}.",
  "It was {who} who first mentioned {topic}, and at the time we laughed.",
  "There are two ways to think about {topic}, and in {place} you were expected to hold both.",
  "The plan was simple: no more talk of {topic} until spring.",
  "Every family keeps a subject for the second cup of tea, and ours was {topic}.",
] as const;

const MIDDLES = [
  "Then, {hour}, {who} came by with {thing} and a question.",
  "What changed our minds was {thing}, left on the step {hour}.",
  "I remember the light {hour}, and {who} standing in it with {thing}.",
  "By the following week there was a committee, a rota, and {thing} on a shelf of its own.",
] as const;

const TURNS = [
  "You could not have called it beautiful, but you kept looking.",
  "The trick, it turned out, was to do the small part properly and leave the rest alone.",
  "Patience had a good deal to do with it; so did the weather.",
  "I wrote down what I saw and crossed out what I had hoped to see.",
  "Some things get better when you stop improving them.",
  "For a while there was only the sound of somebody sweeping.",
  "People who had not spoken since the flood were suddenly lending each other ladders.",
] as const;

const DETAILS = [
  "There was a list on the wall, and for once the list got shorter.",
  "We learned to tell the hour by the smell of toast from number nine.",
  "Someone had drawn a line under the word enough.",
  "Even the cat, who disapproves of most things, sat down to watch.",
] as const;

const ENDINGS = [
  "If you ask about {topic} now, they will pour you something warm and begin at the beginning.",
  "That is all there is to tell about {topic}, except that it is still going on.",
  "We never did agree on {topic}. We did agree to meet again on Thursday.",
  "And {topic}? Still there, {hour}, if you know which window to look from.",
] as const;
