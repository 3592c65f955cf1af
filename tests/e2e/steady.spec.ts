// I7: a run of own successes never raises the displayed number, and changes it once per op.
import { recordShown, type Shown } from "./page/recorder.ts";
import type { Tab } from "./page/tab.ts";
import { expect, test } from "./shopper.ts";
import type { Shop } from "./world/shop.ts";

const SPENDS = 200;
const LEFT = 50;

test.use({ credits: SPENDS + LEFT });

/** The app's server does the work of each op that a page hands to it, and charges for it. */
async function workFor(tab: Tab, account: string, shop: Shop): Promise<void> {
  await tab.page.exposeFunction("work", async (op: string) => {
    const work = { account, op, operation: "image" };
    await shop.credits.withCredits(work, () => "an image");
  });
}

/** Spends so often, some at once and some apart, and resolves when all of it was captured. */
async function spendOften(tab: Tab, times: number): Promise<readonly string[]> {
  return tab.page.evaluate(async (times) => {
    const credits = document.querySelector("credit-provider")?.credits;
    if (!credits) throw new Error("no client");
    const ends: Promise<string>[] = [];
    for (let spent = 0; spent < times; spent += 1) {
      const { op, settled } = credits.spend("image");
      ends.push(window.work(op).then(async () => (await settled).state));
      if (spent % 5 === 4) await Promise.race(ends.slice(-5));
      else if (spent % 5 > 1) await new Promise(requestAnimationFrame);
    }
    return Promise.all(ends);
  }, times);
}

declare global {
  interface Window {
    work(op: string): Promise<void>;
  }
}

/** The numbers from `first` down to `last`, every one. */
function countdown(first: number, last: number): readonly number[] {
  return Array.from({ length: first - last + 1 }, (_, nth) => first - nth);
}

function neverRises({ told, written, painted }: Shown): void {
  for (const numbers of [told, written, painted]) {
    expect(numbers).toEqual([...numbers].sort((one, other) => other - one));
    expect([numbers.at(0), numbers.at(-1)]).toEqual([SPENDS + LEFT, LEFT]);
  }
}

test("of two hundred spends each changes the number once, and none flickers", async ({
  account,
  open,
  world: { shop },
}) => {
  const tab = await open();
  await workFor(tab, account, shop);
  const shown = await recordShown(tab.page);
  expect(await spendOften(tab, SPENDS)).toEqual(Array(SPENDS).fill("captured"));
  await expect.poll(() => tab.phase()).toBe("settled");
  neverRises(await shown());
  expect((await shown()).told).toEqual(countdown(SPENDS + LEFT, LEFT));
  expect(await shop.credits.account(account)).toMatchObject({ settled: LEFT, held: 0 });
});

test("nor does the number flicker in two tabs that spend at once", async ({
  account,
  open,
  world: { shop },
}) => {
  const tabs = [await open(), await open()];
  for (const tab of tabs) await workFor(tab, account, shop);
  const recordings = await Promise.all(tabs.map(({ page }) => recordShown(page)));
  const ends = await Promise.all(tabs.map((tab) => spendOften(tab, SPENDS / 2)));
  expect(ends.flat()).toEqual(Array(SPENDS).fill("captured"));
  for (const tab of tabs) await expect.poll(() => tab.phase()).toBe("settled");
  for (const shown of recordings) {
    neverRises(await shown());
    // Spends of the other tab may be heard of two at a time, but none is shown twice.
    const { told } = await shown();
    expect(told).toEqual([...new Set(told)]);
  }
});
