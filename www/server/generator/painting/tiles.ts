import type { Palette } from "../palettes.ts";
import type { Seeded } from "../seeded.ts";

const SIDE = 160;

/** A quilt of plain shapes, six by four. */
export function tiles(seeded: Seeded, palette: Palette): string {
  const cells = Array.from({ length: 24 }, (_, nth) => {
    const x = (nth % 6) * SIDE;
    const y = Math.floor(nth / 6) * SIDE;
    const [back, front] = colours(seeded, palette);
    const turn = seeded.whole(0, 3) * 90;
    const shape = seeded.pick(SHAPES)(front);
    return (
      `<g transform="translate(${x} ${y})"><rect width="${SIDE}" height="${SIDE}" fill="${back}"/>` +
      `<g transform="rotate(${turn} 80 80)">${shape}</g></g>`
    );
  });
  return `<g shape-rendering="geometricPrecision">${cells.join("")}</g>`;
}

function colours(seeded: Seeded, palette: Palette): [string, string] {
  const light = seeded.pick([palette.ground[0], palette.ground[1], palette.tones[0]]);
  const strong = seeded.pick([palette.accent, ...palette.tones.slice(1)] as [string, ...string[]]);
  return seeded.next() < 0.6 ? [light, strong] : [strong, light];
}

const SHAPES: readonly [(fill: string) => string, ...((fill: string) => string)[]] = [
  (fill) => `<path d="M0 0H160A160 160 0 0 1 0 160Z" fill="${fill}"/>`,
  (fill) => `<path d="M0 80A80 80 0 0 1 160 80Z" fill="${fill}"/>`,
  (fill) => `<circle cx="80" cy="80" r="52" fill="${fill}"/>`,
  (fill) => `<path d="M0 0L160 160H0Z" fill="${fill}"/>`,
  (fill) =>
    [0, 1, 2, 3]
      .map((nth) => `<rect y="${nth * 40 + 10}" width="160" height="20" fill="${fill}"/>`)
      .join(""),
  (fill) =>
    `<path d="M80 0A80 80 0 0 0 160 80A80 80 0 0 0 80 160A80 80 0 0 0 0 80A80 80 0 0 0 80 0" fill="${fill}"/>`,
  (fill) => `<circle cx="80" cy="80" r="64" fill="none" stroke="${fill}" stroke-width="22"/>`,
];
