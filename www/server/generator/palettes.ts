export interface Palette {
  /** The ground, from its top to its bottom. */
  ground: readonly [string, string];
  /** Far to near; at least four. */
  tones: readonly [string, ...string[]];
  /** The one that stands out. */
  accent: string;
  dark: string;
}

export const PALETTES: readonly [Palette, ...Palette[]] = [
  {
    ground: ["#f7e7d0", "#f2b98a"],
    tones: ["#dc9a78", "#b8705f", "#84505a", "#533a4c", "#2e2638"],
    accent: "#d1495b",
    dark: "#2e2638",
  },
  {
    ground: ["#dfeaea", "#a9c9c6"],
    tones: ["#86b0ab", "#5d8f8d", "#3d6e70", "#274f55", "#16333b"],
    accent: "#e8a33d",
    dark: "#16333b",
  },
  {
    ground: ["#1f2547", "#5a4b7c"],
    tones: ["#6d5f94", "#53507f", "#3b3f69", "#272d50", "#161a35"],
    accent: "#f4d58d",
    dark: "#161a35",
  },
  {
    ground: ["#f3efe2", "#dcd9b8"],
    tones: ["#bcc08e", "#93a06c", "#697f54", "#46603f", "#28402f"],
    accent: "#c8553d",
    dark: "#28402f",
  },
  {
    ground: ["#e9e6f2", "#c3c3e4"],
    tones: ["#a2a6d6", "#7d82be", "#5a5f9d", "#3f4378", "#262a52"],
    accent: "#ef8354",
    dark: "#262a52",
  },
  {
    ground: ["#fbeee6", "#f0cdbb"],
    tones: ["#dfa99b", "#c17f80", "#94596a", "#643f57", "#3a2a41"],
    accent: "#2a7f86",
    dark: "#3a2a41",
  },
];
