import { hasNoBarriers } from "./page/axe.ts";
import { shoot } from "./page/shots.ts";
import { expect, test } from "./test.ts";

test("a new visitor buys five credits", async ({ studio }) => {
  await studio.shows(0);
  await shoot(studio.page, "01-new-visitor");
  await studio.pill.click();
  await expect(studio.packs).toBeVisible();
  await shoot(studio.page, "02-packs");
  await hasNoBarriers(studio.page);

  await studio.choosePack(5);
  await expect(studio.page.getByText(/test mode/i).first()).toBeVisible();
  await shoot(studio.page, "03-test-checkout");
  await hasNoBarriers(studio.page);
  await studio.page.getByRole("button", { name: "Pay", exact: true }).click();

  await expect(studio.notice).toContainText("5 credits added");
  await studio.shows(5);
  await expect(studio.activity).toContainText("Bought 5 credits");
  expect(new URL(studio.page.url()).search).toBe("");
  await shoot(studio.page, "04-bought");

  await studio.page.reload();
  await studio.shows(5);
});

test("a payment that takes its time is incoming, then granted", async ({ studio }) => {
  await studio.pill.click();
  await studio.choosePack(15);
  await studio.page.getByRole("button", { name: "Pay later" }).click();

  await expect(studio.notice).toContainText("15 credits will be added when it arrives");
  await studio.shows(0);
  await shoot(studio.page, "05-incoming");
  await hasNoBarriers(studio.page);
  await expect(studio.notice).toContainText("15 credits added", { timeout: 40_000 });
  await studio.shows(15);
});

test("a late webhook keeps nobody waiting in the dark", async ({ studio }) => {
  await studio.backstage("The payment’s confirmation", "5 s late");
  await studio.buy(15);
  await studio.shows(15);
});

test("turning back at the checkout costs nothing and says so", async ({ studio }) => {
  await studio.pill.click();
  await studio.choosePack(5);
  await studio.page.getByRole("button", { name: "Cancel" }).click();
  await expect(studio.notice).toContainText("Nothing was charged");
  await studio.shows(0);
  await shoot(studio.page, "06-turned-back");
});

test("a checkout that nobody knows is said to be unchecked, and forgotten", async ({
  studio,
  consoleWatch,
}) => {
  consoleWatch.refusing = ["404 /v1/checkouts/no-such-checkout"];
  await studio.page.goto("/?checkout=no-such-checkout");
  await expect(studio.notice).toContainText("We could not check your payment.");
  expect(new URL(studio.page.url()).search).toBe("");
});

test("a payment that cannot be asked about is left for a reload", async ({
  studio,
  consoleWatch,
}) => {
  consoleWatch.breaking = true;
  consoleWatch.refusing = ["404 /v1/checkouts/no-such-checkout"];
  await studio.backstage("The connection to the backend", "Cut");
  await studio.page.clock.install();
  const token = studio.page.waitForResponse("**/api/token");
  await studio.page.goto("/?checkout=no-such-checkout");
  await expect(studio.notice).toContainText("Checking your payment…");
  // In two minutes a token that was not answered yet would be late, and told on the console.
  await token;
  await studio.page.clock.fastForward("02:01");
  await expect(studio.notice).toContainText("We could not check your payment.");
  expect(new URL(studio.page.url()).search).toBe("?checkout=no-such-checkout");
});

test("a declined payment costs nothing and says so", async ({ studio }) => {
  await studio.pill.click();
  await studio.choosePack(5);
  await studio.page.getByRole("button", { name: "Decline" }).click();
  await expect(studio.page.getByText(/declined|nothing was charged/i).first()).toBeVisible();
  await shoot(studio.page, "07-declined");
  await studio.open();
  await studio.shows(0);
});
