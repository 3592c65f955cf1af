import type { Page } from "@playwright/test";
import { recordNumbers, Traffic } from "./page/recorder.ts";
import { shoot } from "./page/shots.ts";
import { expect, test } from "./test.ts";

test("a spend shows before any answer, and then settles", async ({ studio }) => {
  await studio.buy(5);
  await studio.backstage("The backend’s answers", "2 s late");
  await studio.compose("draft", "A lighthouse that sells umbrellas");
  const numbers = await recordNumbers(studio.page);
  const traffic = new Traffic(studio.page);

  const nextFrame = await studio.page.evaluate(async () => {
    document.querySelector<HTMLButtonElement>("#submit")?.click();
    await new Promise(requestAnimationFrame);
    return document.querySelector("credit-balance")?.shadowRoot?.querySelector("[part~=value]")
      ?.textContent;
  });

  expect(nextFrame).toBe("4");
  expect(traffic.heard.filter((call) => call.includes("/v1/"))).toEqual([]);
  const card = studio.card("A lighthouse that sells umbrellas");
  await expect(card).toContainText("Working · 1 credit in use");
  await shoot(studio.page, "10-pending");
  await expect.poll(() => traffic.heard).toContain("POST /v1/holds");

  await expect(card).toContainText("Done · 1 credit spent", { timeout: 15_000 });
  await studio.shows(4);
  expect(await numbers()).toEqual(["5", "4"]);
  expect(traffic.asked).toContain("POST /v1/holds");
  await expect(studio.activity).toContainText("1 credit spent");
  await shoot(studio.page, "11-settled");
});

test("failed work gives its credit back and says so", async ({ studio }) => {
  await studio.buy(5);
  await studio.backstage("The next generation", "Fails");
  const numbers = await recordNumbers(studio.page);
  const card = await studio.order("image", "Hills at night");
  await expect(card).toContainText("Failed · not charged: the generator stopped halfway");
  await studio.shows(5);
  expect(await numbers()).toEqual(["5", "4", "5"]);
  await expect(studio.activity).toContainText("Failed · not charged");
  await card.scrollIntoViewIfNeeded();
  await shoot(studio.page, "12-failed");

  await card.getByRole("button", { name: "Try again" }).click();
  await expect(studio.card("Hills at night")).toContainText("Done · 1 credit spent");
  await studio.shows(4);
  await shoot(studio.page, "13-picture");
});

test("stopped work gives its credit back", async ({ studio }) => {
  await studio.buy(5);
  const card = await studio.order("draft", "A blue door");
  await expect(card.locator(".draft-title")).not.toBeEmpty();
  await card.getByRole("button", { name: "Stop" }).click();
  await expect(card).toContainText("Stopped · not charged");
  await studio.shows(5);
});

test("work stopped before it began gives its credit back too", async ({ studio }) => {
  await studio.buy(5);
  for (const operation of ["draft", "campaign"] as const) {
    await studio.compose(operation, `A ${operation} on second thoughts`);
    await studio.page.evaluate(() => {
      document.querySelector<HTMLButtonElement>("#submit")?.click();
      document.querySelector<HTMLButtonElement>("#works .card-foot button")?.click();
    });
    const card = studio.card(`A ${operation} on second thoughts`);
    await expect(card).toContainText("Stopped · not charged");
    await studio.shows(5);
  }
});

test("work whose page is left gives its credit back", async ({ studio }) => {
  await studio.buy(5);
  const card = await studio.order("image", "Nobody waited for this one");
  await expect(card).toContainText("Working");
  await studio.shows(4);
  await studio.page.reload();
  await studio.shows(5);
  await expect(studio.activity).toContainText("Stopped · not charged");
});

declare global {
  interface Window {
    passedSteps: string[];
  }
}

/** From now on, keeps how many steps of all work were done and under way: each for a second only. */
async function recordSteps(page: Page): Promise<() => Promise<string[]>> {
  await page.evaluate(() => {
    const works = document.querySelector("#works");
    if (!works) throw new Error("no works");
    const count = (state: string) => works.querySelectorAll(`.step[data-state=${state}]`).length;
    window.passedSteps = [];
    new MutationObserver(() => {
      window.passedSteps.push(`${count("done")} done, ${count("working")} working`);
    }).observe(works, { subtree: true, childList: true, attributeFilter: ["data-state"] });
  });
  return () => page.evaluate(() => window.passedSteps);
}

test("a campaign is three steps and one credit, held by the app's server", async ({ studio }) => {
  await studio.buy(5);
  const traffic = new Traffic(studio.page);
  const numbers = await recordNumbers(studio.page);
  const steps = await recordSteps(studio.page);
  const card = await studio.order("campaign", "A market of second chances");
  await expect.poll(steps).toContain("1 done, 1 working");
  await shoot(studio.page, "14-campaign-working");
  await expect(card).toContainText("Done · 1 credit spent");
  await expect(card.locator(".step[data-state=done]")).toHaveCount(3);
  await studio.shows(4);
  expect(await numbers()).toEqual(["5", "4"]);
  expect(traffic.asked).not.toContain("POST /v1/holds");
  await shoot(studio.page, "15-campaign-done");
});

test("without credits a spend is refused at once and packs are offered", async ({ studio }) => {
  await studio.buy(5);
  for (const nth of [1, 2, 3, 4, 5]) await studio.order("draft", `Draft number ${nth}`);
  await studio.shows(0);
  for (const nth of [1, 2, 3, 4, 5]) {
    await expect(studio.card(`Draft number ${nth}`)).toContainText("Done · 1 credit spent");
  }
  const traffic = new Traffic(studio.page);
  await studio.compose("draft", "One too many");
  await studio.submit.click();
  await expect(studio.packs).toBeVisible();
  await expect(studio.cards).toHaveCount(5);
  expect(traffic.asked).not.toContain("POST /v1/holds");
  await shoot(studio.page, "16-run-out");

  await studio.choosePack(15);
  await studio.page.getByRole("button", { name: "Pay", exact: true }).click();
  await expect(studio.notice).toContainText("15 credits added");
  await studio.shows(15);
  // Leaving for the checkout has cost none of the work.
  await expect(studio.cards).toHaveCount(5);
  await expect(studio.card("Draft number 1")).toContainText("Done · 1 credit spent");
});
