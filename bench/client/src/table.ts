import type { Measured } from "./run.js";
import type { Times } from "./times.js";

/** One line of the table: a time, what it may be, and what else took how long in the same run. */
interface Line {
  readonly name: string;
  readonly times: Times;
  readonly p50_ms_max?: number;
  readonly p99_ms_max?: number;
  readonly yardstick?: Times;
}

const WIDTHS = [38, 11, 9, 11, 9, 12, 8] as const;
const HEADINGS = ["ms", "p50", "allowed", "p99", "allowed", "yardstick", "ratio"];

/** The ceilings, and beside which yardstick each is read. */
function lines({ notice, query, crowded, commit }: Measured, shown: string): readonly Line[] {
  return [
    {
      name: "spend() to subscriber",
      times: notice,
      p50_ms_max: 0.1,
      p99_ms_max: 1,
      yardstick: query,
    },
    { name: "  TanStack Query, mutate() to subscriber", times: query },
    { name: "entry to subscriber, 10,000 pending", times: crowded.advance, p99_ms_max: 10 },
    { name: "  spend() to subscriber, as many pending", times: crowded.notice },
    {
      name: `grant sent to ${shown}`,
      times: commit.shown,
      p99_ms_max: 50,
      yardstick: commit.answered,
    },
    { name: "  grant sent to its answer", times: commit.answered },
  ];
}

/** The table of one place, and the names of its lines that are over a ceiling. */
export function table(place: string, shown: string, measured: Measured) {
  const rows = lines(measured, shown);
  const clock_us = (measured.clock_ms * 1000).toFixed(1);
  const text = [
    `${place} (its clock steps by ${clock_us} us)`,
    row(HEADINGS),
    ...rows.map((line) => row(cells(line))),
  ];
  return {
    text: text.join("\n"),
    over: rows.filter(isOver).map(({ name }) => `${place}: ${name}`),
  };
}

function isOver({ times, p50_ms_max, p99_ms_max }: Line): boolean {
  return exceeds(times.p50_ms, p50_ms_max) || exceeds(times.p99_ms, p99_ms_max);
}

function exceeds(measured_ms: number, ms_max: number | undefined): boolean {
  return ms_max !== undefined && measured_ms >= ms_max;
}

/** The ratio is of the medians: below 1 is faster than the yardstick. */
function cells({ name, times, p50_ms_max, p99_ms_max, yardstick }: Line): readonly string[] {
  const ms = (value: number | undefined) => value?.toFixed(3) ?? "";
  const ratio = yardstick && (times.p50_ms / yardstick.p50_ms).toFixed(2);
  const p50 = [ms(times.p50_ms), ms(p50_ms_max)];
  return [name, ...p50, ms(times.p99_ms), ms(p99_ms_max), ms(yardstick?.p50_ms), ratio ?? ""];
}

function row(texts: readonly string[]): string {
  const [name = "", ...numbers] = texts;
  const padded = numbers.map((text, at) => text.padStart(WIDTHS[at + 1] ?? 0));
  return (name.padEnd(WIDTHS[0]) + padded.join("")).trimEnd();
}
