import { expect, test } from "vitest";
import type { HistoryPage } from "../src/history.js";
import { type Story, tellStories } from "../src/story.js";

type Line = HistoryPage["entries"][number];

/** Holds and captures of ops in the order given, oldest first: `a` holds, `A` captures. */
function lines(script: string): Line[] {
  const begun = new Map<string, number>();
  return [...script].map((letter, index) => {
    const version = index + 1;
    const op = letter.toLowerCase();
    if (letter === ".") return { version };
    const at = begun.get(op);
    if (at === undefined) begun.set(op, version);
    return at === undefined ? { version, op } : { version, op, applied_version: at };
  });
}

async function* pagesOf(script: string, size: number, fetched: number[]) {
  const newestFirst = lines(script).reverse();
  for (let from = 0; from < newestFirst.length; from += size) {
    fetched.push(from);
    const entries = newestFirst.slice(from, from + size);
    const isLast = from + size >= newestFirst.length;
    yield { entries, next_before: isLast ? null : (entries.at(-1)?.version ?? null) };
  }
}

/** One story per op, where its latest entry stands; `atMs` is the version it began at. */
function tell(entries: readonly Line[]): Story[] {
  const told: Story[] = [];
  for (const { op, version } of entries) {
    const known = told.findIndex((story) => op !== undefined && story.op === op);
    const story = told[known];
    if (story) told[known] = { ...story, atMs: version };
    else told.push({ ...BLANK, ...(op && { op }), atMs: version, version });
  }
  return told;
}

const BLANK = { key: "spent", credits: 1, spent: 1, returned: 0 } as const;

async function check(script: string, size: number, limit?: number) {
  const fetched: number[] = [];
  const told: string[] = [];
  for await (const { op, atMs, version } of tellStories(
    pagesOf(script, size, fetched),
    tell,
    limit,
  )) {
    told.push(`${op ?? "."}${atMs}-${version}`);
  }
  return { told: told.join(" "), pages: fetched.length };
}

test("a story that two pages share is told once and whole", async () => {
  expect(await check("aAbB", 1)).toEqual({ told: "b3-4 a1-2", pages: 4 });
  expect(await check("abAB", 2)).toEqual({ told: "b2-4 a1-3", pages: 2 });
  expect(await check(".aA.", 2)).toEqual({ told: ".4-4 a2-3 .1-1", pages: 2 });
});

test("pages make no difference to what is told, while a story is two pages long at most", async () => {
  const script = "a.bBAc.dDCeEf.";
  const whole = await check(script, 100);
  for (const size of [4, 5, 7, 14])
    expect(await check(script, size)).toMatchObject({ told: whole.told });
});

test("an old beginning is waited for one page long, and never told as another story", async () => {
  expect(await check("a......A", 2)).toEqual({
    told: "a8-8 .7-7 .6-6 .5-5 .4-4 .3-3 .2-2",
    pages: 4,
  });
});

test("no more pages are fetched than the limit needs", async () => {
  expect(await check("aAbBcCdD", 2, 2)).toEqual({ told: "d7-8 c5-6", pages: 2 });
  expect(await check("aAbBcCdD", 2, 0)).toEqual({ told: "", pages: 0 });
  expect(await check("", 2)).toEqual({ told: "", pages: 0 });
});
