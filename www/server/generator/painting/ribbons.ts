import type { Palette } from "../palettes.ts";
import type { Seeded } from "../seeded.ts";

const LINES = 30;

/** Water, wind or sound: lines that swell together around a shared disturbance. */
export function ribbons(seeded: Seeded, palette: Palette): string {
  const eye = { x: seeded.between(280, 680), y: seeded.between(220, 420) };
  const swell = seeded.between(70, 120);
  const drift = seeded.between(0, Math.PI * 2);
  const moonY = seeded.between(90, 170);
  const lines = Array.from({ length: LINES }, (_, nth) => {
    const tone = palette.tones[Math.floor((nth / LINES) * palette.tones.length)];
    const path = line(40 + (nth / (LINES - 1)) * 570, eye, swell, drift + nth * 0.09);
    return `<path d="${path}" stroke="${tone}" stroke-width="${(3 + nth * 0.28).toFixed(1)}"/>`;
  });
  return [
    `<rect width="960" height="640" fill="${palette.ground[0]}"/>`,
    `<circle cx="${eye.x.toFixed(1)}" cy="${moonY.toFixed(1)}" r="64" fill="${palette.accent}"/>`,
    `<g fill="none" stroke-linecap="round">${lines.join("")}</g>`,
  ].join("");
}

function line(y: number, eye: { x: number; y: number }, swell: number, phase: number): string {
  let path = "";
  for (let x = -20; x <= 980; x += 20) {
    const near = Math.exp(-(((x - eye.x) / 210) ** 2) - ((y - eye.y) / 190) ** 2);
    const lift = near * swell * Math.cos((x - eye.x) / 70) + 9 * Math.sin(x / 130 + phase);
    path += `${path ? "L" : "M"}${x} ${(y + 30 - lift).toFixed(1)}`;
  }
  return path;
}
