import { randomUUID } from "node:crypto";
import type { Tab } from "./page/tab.ts";
import { expect, test } from "./shopper.ts";
import { SESSION } from "./world/shop.ts";

test("tabs share one stream, and a spend in one shows in the other at once", async ({
  account,
  context,
  open,
  world: { shop },
}) => {
  const first = await open();
  await expect.poll(() => first.streams).toBe(1);
  const second = await open();
  await expect(second.shown).toHaveText("5");
  let letGo = () => {};
  const told = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  await context.route("**/v1/holds", async (route) => {
    await told;
    await route.continue();
  });
  const { op } = await second.spend();
  // The backend has not heard of it yet: it cannot be from there.
  await expect(first.shown).toHaveText("4");
  letGo();
  await shop.credits.withCredits({ account, op, operation: "image" }, () => "an image");
  await expect.poll(() => second.open()).toBe(0);
  await shop.credits.grant({ account, credits: 2, reason: "test" });
  await expect(first.shown).toHaveText("6");
  await expect(second.shown).toHaveText("6");
  expect([first.streams, second.streams, second.snapshots]).toEqual([1, 0, 0]);
});

test("two tabs never spend more than there is", async ({ open, consoleWatch }) => {
  // Those that both tabs made of the last credit, before they heard of each other.
  consoleWatch.refusing = ["402 /v1/holds"];
  const tabs = [await open(), await open()];
  const spent = [];
  for (let turn = 0; turn < 4; turn += 1) {
    spent.push(...(await Promise.all(tabs.map((tab) => tab.spend()))));
  }
  await expect
    .poll(async () => await Promise.all(tabs.map((tab) => tab.phase())))
    .toEqual(["settled", "settled"]);
  for (const tab of tabs) await expect(tab.shown).toHaveText("0");
  // Where both tabs had the last credit in hand, the page knows before the backend has answered.
  const refusals = spent.flatMap(({ refused }) => refused ?? []);
  expect(refusals.length).toBeGreaterThan(0);
  for (const refused of refusals) {
    expect(["insufficient_credits", "overcommitted"]).toContain(refused);
  }
  expect(await tabs[0]?.open()).toBe(5);
});

const deaths: Record<string, (tab: Tab) => Promise<unknown>> = {
  "is killed": (tab) => tab.page.close({ runBeforeUnload: false }),
  crashes: (tab) => tab.crash(),
};
for (const [dies, kill] of Object.entries(deaths)) {
  test(`when the leading tab ${dies}, the other goes on with its spends`, async ({
    account,
    open,
    world: { shop },
  }) => {
    const first = await open();
    const second = await open();
    const { op } = await first.spend();
    await expect(second.shown).toHaveText("4");
    await kill(first);
    await expect.poll(() => second.streams).toBe(1);
    await shop.credits.withCredits({ account, op, operation: "image" }, () => "an image");
    await expect.poll(() => second.open()).toBe(0);
    await expect(second.shown).toHaveText("4");
    await shop.credits.grant({ account, credits: 1, reason: "test" });
    await expect(second.shown).toHaveText("5");
  });
}

test("two tabs and another browser agree, and go on agreeing without their leader", async ({
  account,
  open,
  openElsewhere,
  world: { shop },
}) => {
  const [first, second, elsewhere] = [await open(), await open(), await openElsewhere()];
  const all = [first, second, elsewhere];
  const agree = async (tabs: readonly Tab[], credits: number) => {
    for (const tab of tabs) await expect(tab.shown).toHaveText(String(credits));
  };
  const ops = [];
  for (const tab of all) ops.push((await tab.spend()).op);
  await agree(all, 2);
  await first.page.close({ runBeforeUnload: false });
  await expect.poll(() => second.streams).toBe(1);
  for (const op of ops) {
    if (!op) throw new Error("a spend was refused");
    await shop.credits.withCredits({ account, op, operation: "image" }, () => "an image");
  }
  await shop.credits.grant({ account, credits: 4, reason: "test" });
  for (const tab of [second, elsewhere]) {
    await expect.poll(() => tab.open()).toBe(0);
    await expect.poll(() => tab.phase()).toBe("settled");
  }
  await agree([second, elsewhere], 6);
  expect([second.streams, elsewhere.streams]).toEqual([1, 1]);
});

test("a tab that follows reads the news out too", async ({ account, open, world: { shop } }) => {
  const first = await open();
  const second = await open();
  await expect(second.shown).toHaveText("5");
  await shop.credits.grant({ account, credits: 2, reason: "test" });
  for (const tab of [first, second]) {
    await expect(tab.page.locator("credit-announcer")).toHaveText("2 credits added, 7 available.");
  }
  expect(second.streams).toBe(0);
});

test("a leader that is about to be frozen makes way, and follows when it wakes", async ({
  account,
  open,
  world: { shop },
}) => {
  const first = await open();
  const second = await open();
  await expect(second.shown).toHaveText("5");
  const wake = await first.freeze();
  await expect.poll(() => second.streams).toBe(1);
  await shop.credits.grant({ account, credits: 3, reason: "test" });
  await expect(second.shown).toHaveText("8");
  await wake();
  await expect(first.shown).toHaveText("8");
  await second.spend();
  await expect(first.shown).toHaveText("7");
  expect([first.streams, second.streams]).toEqual([1, 1]);
});

test("a leader that hangs loses the lead, and takes nothing back afterwards", async ({
  account,
  open,
  world: { shop },
}) => {
  const first = await open();
  const second = await open();
  await expect(second.shown).toHaveText("5");
  const hanging = first.hang(14_000);
  await shop.credits.grant({ account, credits: 3, reason: "test" });
  await expect(second.shown).toHaveText("8", { timeout: 12_000 });
  await expect.poll(() => second.streams, { timeout: 12_000 }).toBe(1);
  await second.spend();
  await expect(second.shown).toHaveText("7");
  await hanging;
  await expect(first.shown).toHaveText("7");
  await shop.credits.grant({ account, credits: 1, reason: "test" });
  for (const tab of [first, second]) await expect(tab.shown).toHaveText("8");
  expect([first.streams, second.streams]).toEqual([1, 1]);
});

test("signing out in one tab signs out the other", async ({ account, open, world: { shop } }) => {
  const first = await open();
  const second = await open();
  await second.spend();
  await expect(first.shown).toHaveText("4");
  await first.signOut();
  for (const tab of [first, second]) {
    await expect.poll(() => tab.phase()).toBe("loading");
    expect(await tab.spend()).toEqual({ refused: "closed" });
    await expect(tab.shown).toBeHidden();
  }
  expect(await shop.credits.account(account)).toMatchObject({ available: 5, held: 0 });
});

test("another account on the same page shows nothing of the first", async ({
  context,
  open,
  world: { shop },
}) => {
  const other = `tabs_${randomUUID()}`;
  await shop.credits.grant({ account: other, credits: 9, reason: "test" });
  const tab = await open();
  const neighbour = await open();
  await tab.spend();
  await expect(neighbour.shown).toHaveText("4");
  await context.addCookies([{ name: SESSION, value: other, url: shop.url }]);
  await tab.provide({ account: other });
  await expect(tab.shown).toHaveText("9");
  expect(await tab.open()).toBe(0);
  await expect(neighbour.shown).toHaveText("4");
});

test("offline, spends wait up to the cap, and are sent when there is a connection again", async ({
  account,
  context,
  open,
  world: { shop },
  consoleWatch,
}) => {
  const tab = await open();
  consoleWatch.breaking = true;
  await tab.provide({ "offline-credits": "2" });
  // That made a new client, which has to have seen the backend before it may queue.
  await tab.page.evaluate(() => document.querySelector("credit-provider")?.credits?.ready);
  await expect(tab.shown).toHaveText("5");
  await context.setOffline(true);
  await expect.poll(() => tab.phase()).toBe("offline");
  expect(await tab.spend()).toHaveProperty("op");
  expect(await tab.spend()).toHaveProperty("op");
  expect(await tab.spend()).toEqual({ refused: "network" });
  await expect(tab.shown).toHaveText("3");
  expect(await shop.credits.account(account)).toMatchObject({ available: 5 });
  await context.setOffline(false);
  await expect
    .poll(async () => await shop.credits.account(account))
    .toMatchObject({ available: 3, held: 2 });
  await expect(tab.shown).toHaveText("3");
});
