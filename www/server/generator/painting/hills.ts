import type { Palette } from "../palettes.ts";
import type { Seeded } from "../seeded.ts";

/** A sun or moon over ridges that darken toward the viewer. */
export function hills(seeded: Seeded, palette: Palette): string {
  const x = seeded.between(220, 740);
  const y = seeded.between(150, 260);
  const radius = seeded.between(52, 88);
  const ridges = palette.tones.map((tone, nth) => ridge(seeded, tone, nth, palette.tones.length));
  return [
    `<defs><linearGradient id="sky" x2="0" y2="1"><stop stop-color="${palette.ground[0]}"/>`,
    `<stop offset="1" stop-color="${palette.ground[1]}"/></linearGradient>`,
    `<radialGradient id="halo"><stop stop-color="${palette.accent}" stop-opacity="0.45"/>`,
    `<stop offset="1" stop-color="${palette.accent}" stop-opacity="0"/></radialGradient></defs>`,
    `<rect width="960" height="640" fill="url(#sky)"/>`,
    circle(x, y, radius * 3.2, "url(#halo)"),
    circle(x, y, radius, palette.accent),
    ...ridges,
    birds(seeded, palette.dark),
  ].join("");
}

function ridge(seeded: Seeded, tone: string, nth: number, count: number): string {
  const base = 300 + (nth / (count - 1)) * 250;
  const waves = [1, 2.3, 5.1].map((pitch) => ({
    height: (seeded.between(26, 58) / pitch) * (1.25 - nth * 0.14),
    pitch: (pitch * seeded.between(0.8, 1.3) * Math.PI * 2) / 960,
    phase: seeded.between(0, Math.PI * 2),
  }));
  let path = "M0 640";
  for (let x = 0; x <= 960; x += 16) {
    const lift = waves.reduce((sum, w) => sum + Math.sin(x * w.pitch + w.phase) * w.height, 0);
    path += `L${x} ${(base - lift).toFixed(1)}`;
  }
  return `<path d="${path}L960 640Z" fill="${tone}"/>`;
}

function birds(seeded: Seeded, ink: string): string {
  const x = seeded.between(120, 760);
  const y = seeded.between(80, 200);
  return Array.from({ length: seeded.whole(3, 6) }, () => {
    const left = (x + seeded.between(-70, 110)).toFixed(1);
    const top = (y + seeded.between(-40, 50)).toFixed(1);
    const span = seeded.between(7, 13).toFixed(1);
    return (
      `<path d="M${left} ${top}q${span} -${span} ${span} 0q0 -${span} ${span} 0" ` +
      `fill="none" stroke="${ink}" stroke-width="2" stroke-linecap="round" opacity="0.7"/>`
    );
  }).join("");
}

function circle(x: number, y: number, radius: number, fill: string): string {
  return `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="${radius.toFixed(1)}" fill="${fill}"/>`;
}
