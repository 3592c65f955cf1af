import type { Picture } from "../../shared/api.ts";
import { hills } from "./painting/hills.ts";
import { ribbons } from "./painting/ribbons.ts";
import { tiles } from "./painting/tiles.ts";
import { PALETTES } from "./palettes.ts";
import { Seeded } from "./seeded.ts";
import { capitalised, topicOf } from "./topic.ts";

export const WIDTH = 960;
export const HEIGHT = 640;

/** An SVG picture for the prompt. Same prompt, same picture. */
export function picture(prompt: string, title = capitalised(topicOf(prompt))): Picture {
  const seeded = new Seeded(`picture:${prompt}`);
  const palette = seeded.pick(PALETTES);
  const paint = STYLES.find(({ words }) => words.test(prompt))?.paint ?? seeded.pick(PAINTERS);
  const svg = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}"`,
    ` width="${WIDTH}" height="${HEIGHT}">`,
    GRAIN,
    paint(seeded, palette),
    `<rect width="${WIDTH}" height="${HEIGHT}" filter="url(#grain)" opacity="0.16"/>`,
    "</svg>",
  ].join("");
  return { title, svg };
}

const PAINTERS = [hills, ribbons, tiles] as const;

const STYLES = [
  {
    words: /\b(sea|ocean|waves?|river|lake|rain|wind|music|song|tide|harbou?r)\b/i,
    paint: ribbons,
  },
  {
    words: /\b(hills?|mountains?|valley|moon|sun|night|morning|island|lighthouse|forest)\b/i,
    paint: hills,
  },
  {
    words: /\b(city|houses?|windows?|quilt|market|machine|robot|garden|kitchen|street)\b/i,
    paint: tiles,
  },
];

/** Paper: without it flat colour looks like a chart. */
const GRAIN =
  '<defs><filter id="grain" x="0" y="0" width="100%" height="100%">' +
  '<feTurbulence type="fractalNoise" baseFrequency="0.8" numOctaves="2" seed="7"/>' +
  '<feColorMatrix values="0 0 0 0 0.5  0 0 0 0 0.5  0 0 0 0 0.5  0 0 0 1.4 -0.5"/>' +
  "</filter></defs>";
