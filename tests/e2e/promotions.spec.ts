import { randomUUID } from "node:crypto";
import type { Page } from "@playwright/test";
import type {} from "creditpack/elements";
import { hasNoBarriers } from "./page/axe.ts";
import { shoot } from "./page/shots.ts";
import { expect, test } from "./test.ts";
import { PACKS, SESSION } from "./world/shop.ts";
import type { World } from "./world/world.ts";

/** Opens the shop's packs with these attributes, for a buyer of their own. */
async function open(page: Page, { shop }: World, attributes: Record<string, string> = {}) {
  const account = `buyer_${randomUUID()}`;
  await page.context().addCookies([{ name: SESSION, value: account, url: shop.url }]);
  await page.goto(`${shop.url}${PACKS}?${new URLSearchParams(attributes)}`);
  const packs = page.locator("credit-packs");
  const card = (at: number) => packs.locator("[part~=pack]").nth(at);
  await expect(card(1)).toBeAttached();
  return { account, packs, card, balance: page.locator("credit-balance [part~=value]") };
}

/** What comes before the percentage of that code in the config, and the percentage. */
const LAUNCH20 = /(?<before>code = "LAUNCH20"\npercent_off = )\d+/;

/** Where the cards and their buttons are. */
async function places(page: Page) {
  const things = await page.locator("credit-packs [part~=pack], credit-packs [part~=buy]").all();
  return Promise.all(things.map((thing) => thing.boundingBox()));
}

test.beforeEach(({ page, consoleWatch }) => consoleWatch.watch(page));

test("a code is entered, applied and bought with", async ({ page, world, consoleWatch }) => {
  consoleWatch.refusing = ["422 /v1/quotes"];
  const { packs, card, balance } = await open(page, world, { "promotion-field": "" });
  await expect(card(1)).toContainText("15 credits");
  await expect(card(1)).toContainText("3 films, 15 drafts, or 15 pictures");
  await expect(card(1)).toContainText("incl. tax");
  await expect(card(1).locator("[part~=pack__price]")).toHaveText("$9.00");
  await shoot(page, "40-packs");
  await packs.getByRole("button", { name: "Have a code?" }).click();
  const input = packs.getByRole("textbox", { name: "Promotion code" });
  await expect(input).toBeFocused();
  const before = await places(page);

  await input.fill("LUNCH20");
  await input.press("Enter");
  await expect(packs.getByRole("status")).toContainText("There is no such code.");
  await expect(input).toHaveValue("LUNCH20");
  await expect(input).toHaveAttribute("aria-invalid", "true");
  expect(await places(page)).toEqual(before);
  await shoot(page, "41-code-refused");
  await hasNoBarriers(page);

  await input.fill(" launch20 ");
  await packs.getByRole("button", { name: "Apply" }).click();
  await expect(packs.getByRole("status")).toHaveText("Code launch20 is applied.");
  const price = card(1).locator("[part~=pack__price]");
  await expect(price).toHaveText("$7.20 instead of $9.00$9.00");
  await expect(card(0).locator("[part~=pack__price]")).toContainText("$3.20");
  await expect(card(1)).toContainText("$0.48 per credit");
  expect(await places(page)).toEqual(before);
  await expect(packs.getByRole("button", { name: "Remove code" })).toBeFocused();
  await shoot(page, "42-code-applied");
  await hasNoBarriers(page);

  await packs.getByRole("button", { name: "Remove code" }).click();
  await expect(price).toHaveText("$9.00");
  await expect(packs.getByRole("status")).toContainText("These are the regular prices.");
  await expect(input).toBeFocused();
  expect(await places(page)).toEqual(before);

  await input.fill("LAUNCH20");
  await input.press("Enter");
  await packs.getByRole("button", { name: "Buy 15 credits for $7.20" }).click();
  await page.waitForURL(/\/test\/checkout\//);
  await expect(page.getByText("$7.20").first()).toBeVisible();
  await shoot(page, "43-checkout-with-code");
  await page.getByRole("button", { name: "Pay", exact: true }).click();
  await page.waitForURL((url) => url.pathname === PACKS);
  await expect(balance).toHaveText("15");
});

test("a code of a link is good for the packs that it is for", async ({
  page,
  world,
  consoleWatch,
}) => {
  consoleWatch.refusing = ["422 /v1/quotes"];
  const { packs, card, balance } = await open(page, world, { promotion: "BONUS3" });
  await expect(card(0)).toContainText("This code is for larger packs.");
  await expect(card(1)).toContainText("15 + 3 credits");
  await expect(card(1)).toContainText("3 films, 18 drafts, or 18 pictures");
  await shoot(page, "44-bonus");
  await hasNoBarriers(page);
  await packs.getByRole("button", { name: "Buy 18 credits for $9.00" }).click();
  await page.waitForURL(/\/test\/checkout\//);
  await expect(page.getByText(/18 credits/).first()).toBeVisible();
  await page.getByRole("button", { name: "Pay", exact: true }).click();
  await page.waitForURL((url) => url.pathname === PACKS);
  await expect(balance).toHaveText("18");
});

test("a code that is used is told in words, at the checkout too", async ({
  page,
  context,
  world,
  consoleWatch,
}) => {
  consoleWatch.refusing = ["422 /v1/quotes", "422 /v1/checkouts"];
  const terms = { promotion: "ONCE", "promotion-field": "" };
  const { packs, card } = await open(page, world, terms);
  const other = await context.newPage();
  await other.goto(page.url());
  await other
    .locator("credit-packs")
    .getByRole("button", { name: "Buy 5 credits for $2.00" })
    .click();
  await other.waitForURL(/\/test\/checkout\//);
  await other.getByRole("button", { name: "Pay", exact: true }).click();
  await other.waitForURL((url) => url.pathname === PACKS);
  await expect(other.locator("credit-packs").getByRole("status")).toContainText(
    "You have already used this code.",
  );

  await packs.getByRole("button", { name: "Buy 5 credits for $2.00" }).click();
  await expect(packs.getByRole("status")).toContainText("You have already used this code.");
  await expect(packs.getByRole("textbox", { name: "Promotion code" })).toHaveValue("ONCE");
  await expect(card(0).locator("[part~=pack__price]")).toHaveText("$4.00");
  await other.close();
});

test("a price that changed is told before anything is bought, and shown", async ({
  page,
  world,
  consoleWatch,
}) => {
  consoleWatch.refusing = ["409 /v1/checkouts"];
  consoleWatch.breaking = true;
  const { packs, card } = await open(page, world, { promotion: "LAUNCH20" });
  const price = card(1).locator("[part~=pack__price]");
  await expect(price).toContainText("$7.20");
  try {
    await world.restartWith((config) => config.replace(LAUNCH20, "$<before>10"));
    await packs.getByRole("button", { name: "Buy 15 credits for $7.20" }).click();
    await expect(packs.getByRole("alert")).toContainText("The price has changed.");
    await expect(price).toContainText("$8.10");
    await expect(packs.getByRole("button", { name: "Buy 15 credits for $8.10" })).toBeFocused();
    await shoot(page, "47-price-changed");
  } finally {
    await world.restartWith((config) => config.replace(LAUNCH20, "$<before>20"));
  }
});

test("a dialog stays where it is while a code comes and goes", async ({
  page,
  world,
  consoleWatch,
}) => {
  consoleWatch.refusing = ["422 /v1/quotes"];
  const terms = { variant: "dialog", "promotion-field": "" };
  const { packs, card } = await open(page, world, terms);
  await page.locator("credit-balance").click();
  const dialog = packs.getByRole("dialog");
  await packs.getByRole("button", { name: "Have a code?" }).click();
  const input = packs.getByRole("textbox", { name: "Promotion code" });
  const before = await dialog.boundingBox();

  await input.fill("LUNCH20");
  await input.press("Enter");
  await expect(packs.getByRole("status")).toContainText("There is no such code.");
  expect(await dialog.boundingBox()).toEqual(before);
  await input.fill("BONUS3");
  await input.press("Enter");
  await expect(card(1)).toContainText("15 + 3 credits");
  expect(await dialog.boundingBox()).toEqual(before);
  await shoot(page, "48-dialog-with-code");
  await hasNoBarriers(page);
  await packs.getByRole("button", { name: "Remove code" }).click();
  await expect(card(1)).not.toContainText("15 + 3 credits");
  expect(await dialog.boundingBox()).toEqual(before);
  await page.setViewportSize({ width: 360, height: 780 });
  await input.fill("NO-SUCH-CODE");
  await input.press("Enter");
  await expect(packs.getByRole("status")).toContainText("There is no such code.");
  await page.locator("credit-packs [part~=promotion]").scrollIntoViewIfNeeded();
  await page.screenshot({ path: "output/49-dialog-phone-refused.png" });
});

test("reads from right to left", async ({ page, world, consoleWatch }) => {
  consoleWatch.refusing = ["422 /v1/quotes"];
  const terms = { lang: "ar", promotion: "BONUS3", "promotion-field": "" };
  const { packs, card } = await open(page, world, terms);
  await expect(packs.getByRole("status")).toContainText("BONUS3");
  await expect(card(1)).toContainText("شامل الضريبة");
  await expect(card(1)).toContainText("3 أفلام");
  await shoot(page, "45-right-to-left");
  await hasNoBarriers(page);
});

test("fits a small phone with a code applied", async ({ page, world }) => {
  await page.setViewportSize({ width: 320, height: 780 });
  await open(page, world, { lang: "de", promotion: "LAUNCH20", "promotion-field": "" });
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(width).toBeLessThanOrEqual(320);
  await shoot(page, "46-german-phone");
});
