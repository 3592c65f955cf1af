import { recordNumbers } from "./page/recorder.ts";
import { shoot } from "./page/shots.ts";
import { expect, test } from "./test.ts";

test("two tabs agree within a second", async ({ studio, secondTab }) => {
  await studio.buy(5);
  const other = await secondTab();
  await other.open();
  await other.shows(5);

  const card = await studio.order("draft", "A letter to the other tab");
  await studio.shows(4, 1_000);
  await other.shows(4, 1_000);
  await expect(card).toContainText("Done · 1 credit spent");

  await other.backstage("The next generation", "Fails");
  // It is over sooner than a busy machine may look at both.
  const shown = await Promise.all([recordNumbers(other.page), recordNumbers(studio.page)]);
  const failing = await other.order("image", "Hills that will not come");
  await expect(failing).toContainText("Failed · not charged");
  await other.shows(4, 1_000);
  await studio.shows(4, 1_000);
  for (const numbers of shown) expect(await numbers()).toEqual(["4", "3", "4"]);
});

test("two browsers that spend the last credit at once spend it once", async ({
  studio,
  secondBrowser,
  consoleWatch,
}) => {
  await studio.buy(5);
  const drafts = [1, 2, 3, 4].map((nth) => `Draft number ${nth}`);
  for (const draft of drafts) await studio.order("draft", draft);
  for (const draft of drafts) await expect(studio.card(draft)).toContainText("Done");
  const other = await secondBrowser();
  await other.open();
  await other.shows(1);
  // Late answers keep each browser from hearing of the other in time.
  await studio.backstage("The backend’s answers", "2 s late");
  consoleWatch.refusing = ["402 /api/generate", "402 /v1/holds"];
  // Composed before, so that both are sent before the first is heard of.
  await studio.compose("image", "Hills for the first browser");
  await other.compose("image", "Hills for the second browser");
  const shown = await Promise.all([recordNumbers(studio.page), recordNumbers(other.page)]);
  for (const each of [studio, other]) await each.submit.click();
  const [first, second] = [
    studio.card("Hills for the first browser"),
    other.card("Hills for the second browser"),
  ];

  await expect(first).toContainText("Done · 1 credit spent");
  await expect(second).toContainText("Failed · not charged: the last credit went elsewhere first");
  await studio.shows(0);
  await other.shows(0);
  for (const numbers of shown) expect((await numbers()).slice(0, 2)).toEqual(["1", "0"]);
  await expect(other.activity.locator(".line")).toHaveCount(6);
});

test("a backend that restarts in the middle loses nothing", async ({
  studio,
  world,
  consoleWatch,
}) => {
  await studio.buy(5);
  const numbers = await recordNumbers(studio.page);
  const card = await studio.order("draft", "What the backend forgot");
  await expect(card.locator(".draft-title")).not.toBeEmpty();

  consoleWatch.breaking = true;
  await world.killBackend();
  await studio.shows(4);
  await expect(card).toContainText("Working");
  await shoot(studio.page, "20-backend-gone");
  await world.startBackend();

  await expect(card).toContainText("Done · 1 credit spent", { timeout: 30_000 });
  await studio.shows(4);
  expect(await numbers()).toEqual(["5", "4"]);
  await studio.page.reload();
  consoleWatch.breaking = false;
  await studio.shows(4);
  await expect(studio.card("What the backend forgot")).toContainText("Done · 1 credit spent");
  await expect(studio.activity.locator(".line")).toHaveCount(2);
  await shoot(studio.page, "21-nothing-lost");
});

test("a backend restarted while nothing runs is found again", async ({
  studio,
  world,
  consoleWatch,
}) => {
  await studio.buy(5);
  consoleWatch.breaking = true;
  await world.stopBackend();
  await world.startBackend();
  const card = await studio.order("draft", "A word after the silence");
  await expect(card).toContainText("Done · 1 credit spent", { timeout: 30_000 });
  await studio.shows(4);
});

test("a cut connection is told, and nothing is lost by it", async ({ studio, consoleWatch }) => {
  await studio.buy(5);
  consoleWatch.breaking = true;
  await studio.backstage("The connection to the backend", "Cut");
  const card = await studio.order("image", "Rain on the harbour");
  await studio.shows(4, 500);
  // The app's own server still reaches the backend: the work is done, its credit unconfirmed.
  await expect(card).toContainText("Done · confirming 1 credit");
  await shoot(studio.page, "22-cut-off");

  await studio.backstage("The connection to the backend", "Fine");
  await expect(card).toContainText("Done · 1 credit spent", { timeout: 30_000 });
  await studio.shows(4);
});

test("work finished while cut off is settled after a reload", async ({ studio, consoleWatch }) => {
  await studio.buy(5);
  consoleWatch.breaking = true;
  await studio.backstage("The connection to the backend", "Cut");
  const card = await studio.order("draft", "A message in a bottle");
  await expect(card).toContainText("Done · confirming 1 credit");
  await studio.page.reload();
  await expect(card).toContainText("Done · confirming 1 credit");
  await expect(studio.activity).toHaveText(/could not be read just now/);
  await shoot(studio.page, "23-loaded-while-cut-off");

  await studio.backstage("The connection to the backend", "Fine");
  await studio.shows(4);
  await expect(card).toContainText("Done · 1 credit spent");
  await expect(studio.activity).toContainText("Bought 5 credits");
});

test("the activity claims nothing before it was read", async ({ studio }) => {
  await expect(studio.activity).toHaveText("Purchases and spends will be listed here.");
  await studio.buy(5);
  await studio.backstage("The backend’s answers", "2 s late");
  await studio.page.reload();
  await expect(studio.submit).toBeVisible();
  await expect(studio.activity).toHaveText(/^\s*Loading…\s*$/, { timeout: 1_000 });
  await expect(studio.activity).toContainText("Bought 5 credits");
});
