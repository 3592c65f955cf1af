import type { Campaign } from "../../shared/api.ts";
import { picture } from "./picture.ts";
import { Seeded } from "./seeded.ts";
import { capitalised, topicOf } from "./topic.ts";

/** An idea, a text that carries it, and a picture to go with both. Same prompt, same campaign. */
export function campaign(prompt: string): Campaign {
  const seeded = new Seeded(`campaign:${prompt}`);
  const topic = topicOf(prompt);
  const about = (text: string) =>
    text.replaceAll("{topic}", topic).replaceAll("{Topic}", capitalised(topic));
  const [first, second] = seeded.some(REASONS, 2);
  return {
    idea: about(seeded.pick(IDEAS)),
    text: [seeded.pick(HOOKS), first, second, seeded.pick(CALLS)]
      .map((sentence) => about(sentence ?? ""))
      .join(" "),
    picture: picture(`campaign ${prompt}`, `Campaign picture: ${topic}`),
  };
}

const IDEAS = [
  "Slow down for {topic}.",
  "{Topic}: worth the detour.",
  "Make room for {topic}.",
  "The quiet case for {topic}.",
  "Ordinary Tuesday. Then, {topic}.",
] as const;

const HOOKS = [
  "You have enough things that shout. This is the other kind.",
  "Some things are made to be noticed late, and kept for long.",
  "We spent a year taking things away, and this is what would not go.",
] as const;

const REASONS = [
  "Think of {topic} as an open window: nothing to learn, and better air.",
  "It fits in a pocket, an afternoon or a speech.",
  "Nobody will ask you to subscribe to {topic}.",
  "Bring a friend who says they have seen everything.",
] as const;

const CALLS = [
  "Come and see {topic} this week.",
  "Doors open at ten. {Topic} will be there already.",
  "Start with one. You will know.",
] as const;
