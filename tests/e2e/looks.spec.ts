import { hasNoBarriers } from "./page/axe.ts";
import { recordNumbers } from "./page/recorder.ts";
import type { Studio } from "./page/studio.ts";
import { expect, test } from "./test.ts";

test("has no barrier, empty or at work", async ({ studio }) => {
  await hasNoBarriers(studio.page);
  await studio.buy(5);
  await studio.backstage("The next generation", "Fails");
  await expect(await studio.order("draft", "A blue door")).toContainText("not charged");
  await expect(await studio.order("campaign", "A blue door, again")).toContainText("spent");
  await hasNoBarriers(studio.page);
});

/** Where the things are that must stay where they are. */
async function places({ page, pill, submit }: Studio): Promise<unknown> {
  const title = page.getByRole("heading", { level: 1 });
  return Promise.all([pill, submit, title].map((thing) => thing.boundingBox()));
}

test("nothing moves when the number changes", async ({ studio }) => {
  await studio.buy(5);
  await studio.buy(5);
  await studio.shows(10);
  const before = await places(studio);
  const card = await studio.order("draft", "A steady hand");
  await studio.shows(9);
  expect(await places(studio)).toEqual(before);
  await expect(card).toContainText("Done · 1 credit spent");
  expect(await places(studio)).toEqual(before);

  await studio.backstage("The next generation", "Fails");
  const numbers = await recordNumbers(studio.page);
  const failing = await studio.order("draft", "A shaky hand");
  await expect(failing).toContainText("not charged");
  await studio.shows(9);
  expect(await numbers()).toEqual(["9", "8", "9"]);
  expect(await places(studio)).toEqual(before);
});

test("fits a small phone", async ({ studio }) => {
  await studio.buy(5);
  await studio.page.setViewportSize({ width: 360, height: 780 });
  await studio.backstage("The payment’s confirmation", "20 s late");
  await expect(await studio.order("campaign", "A pocket circus")).toContainText("spent");
  const width = await studio.page.evaluate(() => document.documentElement.scrollWidth);
  expect(width).toBeLessThanOrEqual(360);
});

test("keeps the chosen colours", async ({ studio }) => {
  const paper = () =>
    studio.page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await paper();
  await studio.page.getByRole("radio", { name: "Dark" }).check({ force: true });
  const dark = await paper();
  expect(dark).not.toBe(light);
  await studio.page.reload();
  await studio.ready();
  expect(await paper()).toBe(dark);
});

test("works from the keyboard alone", async ({ studio }) => {
  const { keyboard } = studio.page;
  await keyboard.press("Tab");
  await expect(studio.page.getByRole("link", { name: "Skip to the composer" })).toBeFocused();
  await keyboard.press("Enter");
  await expect(studio.page.getByLabel("What it is about")).toBeFocused();
  await keyboard.type("A door without a handle");
  await keyboard.press("Control+Enter");
  await expect(studio.packs).toBeVisible();
  await keyboard.press("Escape");
  await expect(studio.packs).toBeHidden();
  await expect(studio.page.getByLabel("What it is about")).toBeFocused();
});
