import { hasNoBarriers } from "./page/axe.ts";
import { Playground } from "./page/playground.ts";
import { shoot } from "./page/shots.ts";
import { test as base, expect } from "./test.ts";

const test = base.extend<{ playground: Playground }>({
  playground: async ({ page, consoleWatch }, use) => {
    consoleWatch.watch(page);
    const playground = new Playground(page);
    await playground.open();
    await use(playground);
  },
});

test("advises on its line against a pack that is dearer for each credit", async ({
  playground,
}) => {
  const { page, findings, verdict, prices } = playground;
  await expect(verdict).toHaveText("Good to sell");
  await playground.retype("usd = 900", "prices = { usd = 1300, eur = 900 }");
  const dearer = findings.filter({ hasText: "dearer-per-credit" });
  await expect(dearer).toContainText("packs.standard.prices.usd");
  await expect(verdict).toContainText("1 error");
  await expect(prices.getByRole("row", { name: /^Standard 15 \$13\.00/ })).toBeVisible();
  await expect(playground.packs).toContainText("$13.00");
  await expect(playground.text.locator(".cm-lintRange-error")).toHaveText("usd");

  await page.getByRole("heading", { level: 1 }).click();
  await dearer.getByRole("button", { name: /^Go to line 18/ }).click();
  await expect(playground.text).toBeFocused();
  await expect(playground.text.locator(".cm-activeLine")).toContainText("usd = 1300");
});

test("keeps the last good catalog in view while the text is broken", async ({ playground }) => {
  const { findings, verdict, stale, packs } = playground;
  await playground.retype("usd = 900", "prices = { usd = 1000, eur = 900 ");
  await expect(verdict).toContainText("Cannot be served");
  await expect(findings.getByRole("button", { name: /line 18/ })).toBeVisible();
  await expect(stale).toBeVisible();
  await expect(packs).toContainText("$9.00");
  await playground.page.keyboard.type("}");
  await expect(verdict).not.toContainText("Cannot be served");
  await expect(stale).toBeHidden();
  await expect(packs).toContainText("$10.00");

  await playground.retype("usd = 1000", "prices = { usd = 0, eur = 900, yen = 1 }");
  await expect(findings.first()).toContainText("packs[1].prices");
  await playground.retype("usd = 0", "prices = { usd = 9.5 }");
  await expect(findings.first()).toContainText("No fraction");
  await playground.retype("usd = 9.5", "prices = { usd = 0 }");
  await expect(findings.first()).toContainText("packs.standard.prices");
  await expect(packs).toContainText("$10.00");
});

test("tries a promotion out", async ({ playground }) => {
  const { page, deal } = playground;
  const trial = page.locator("#promotion");
  await trial.getByLabel("Code").fill("welcome");
  await expect(deal).toHaveText("$4.00 $3.20 for 5 credits");
  await page.getByLabel("This account has bought before").check();
  await expect(deal).toContainText("first purchases only");
  await trial.getByLabel("Code").fill("five-more");
  await page.getByLabel("When (your time").fill("2027-04-01T12:00");
  await expect(deal).toContainText("larger packs");
  await playground.choose("Pack", "Standard");
  await expect(deal).toHaveText("$9.00 for 20 credits");
  await page.getByLabel("When (your time").fill("2036-07-01T12:00");
  await expect(deal).toContainText("no longer good");
});

test("simulates spends, and buys nothing", async ({ playground }) => {
  const { page, note, number, packs } = playground;
  await expect(number).toHaveText("12");
  await playground.spendOn("Campaign");
  await expect(number).toHaveText("7");
  await expect(note).toHaveText("5 in use");
  await expect(note).not.toContainText("in use");
  await expect(number).toHaveText("7");
  await page.getByRole("radio", { name: "Fails" }).check({ force: true });
  await playground.spendOn("Draft");
  await expect(number).toHaveText("6");
  await expect(number).toHaveText("7");
  await expect(note).toHaveText("Not charged");
  await page.getByLabel("Credits owned").fill("3");
  await expect(number).toHaveText("3");
  await playground.choose("Connection and phase", "Offline");
  await expect(note).toHaveText("Offline");
  await packs.getByRole("button", { name: /15 credits/ }).click();
  await expect(page.locator(".notice")).toContainText("preview: nothing can be bought");
});

test("shows each account its own variant", async ({ playground }) => {
  const { page, packs } = playground;
  const variants = page.locator("#variants");
  const price = { control: "$9.00", lower: "$8.50" };
  const seen = new Set<string>();
  for (let at = 0; at < 40 && seen.size < 2; at += 1) {
    await page.getByLabel("Account", { exact: true }).fill(`u_${at}`);
    await expect(variants).toContainText("standard-price:");
    const found = /standard-price: (\w+)/.exec((await variants.textContent()) ?? "")?.[1];
    const variant = found as keyof typeof price;
    await expect(packs).toContainText(price[variant]);
    seen.add(variant);
  }
  expect(seen).toEqual(new Set(["control", "lower"]));
  await page.getByLabel("Account", { exact: true }).fill("no name");
  await expect(variants).toContainText("cannot be");
});

test("keeps what was written, and gives it up when told to", async ({ playground }) => {
  const { page, verdict, packs } = playground;
  await playground.retype('label = "Standard"', 'label = "Middle"');
  await expect(packs).toContainText("Middle");
  await page.reload();
  await expect(packs).toContainText("Middle");
  await page.getByRole("button", { name: "Undo my changes" }).click();
  await expect(packs).not.toContainText("Middle");
  await expect(page.getByRole("button", { name: "Undo my changes" })).toBeHidden();
  await expect(verdict).toHaveText("Good to sell");
});

test("asks for nothing but the page's own files", async ({ playground, world }) => {
  await playground.example("One that cheats the buyer");
  await expect(playground.verdict).toContainText("errors");
  await playground.spendOn("Picture");
  await playground.choose("Language", "ar");
  await expect(playground.stage).toHaveAttribute("dir", "rtl");
  const others = playground.asked
    .map((request) => `${request.method()} ${request.url().replace(world.studioUrl, "")}`)
    .filter((asked) => !/^GET \/(assets\/[\w.-]+|playground\/|icon\.svg|theme\.js)$/.test(asked));
  expect(others).toEqual([]);
});

test("is shown right to left where the language is", async ({ playground }) => {
  const { stage, packs, pill, page } = playground;
  await playground.example("Nine languages");
  await playground.choose("Language", "he");
  await expect(stage).toHaveAttribute("dir", "rtl");
  await expect(packs).toContainText("התחלה");
  await playground.choose("Language", "ar");
  await expect(packs).toContainText("البداية");
  const [box, top] = await Promise.all([pill.boundingBox(), stage.boundingBox()]);
  if (!box || !top) throw new Error("nothing is shown");
  expect(box.x + box.width, "the pill begins at the right").toBeGreaterThan(top.x + top.width / 2);
  await shoot(page, "playground-rtl");
});

test("can be used from the keyboard alone", async ({ playground }) => {
  const { page, text, findings } = playground;
  const { keyboard } = page;
  await keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip the editor" })).toBeFocused();
  await text.focus();
  await keyboard.press("Tab");
  await expect(text, "Tab leaves the editor").not.toBeFocused();
  await keyboard.press("Shift+Tab");
  await expect(text).toBeFocused();
  await keyboard.press("Control+Home");
  await keyboard.type("x");
  await expect(findings).toHaveCount(1);
  await findings.getByRole("button").focus();
  await keyboard.press("Enter");
  await expect(text).toBeFocused();
});

test("has no barrier, and fits a phone", async ({ playground }) => {
  const { page } = playground;
  await hasNoBarriers(page);
  await shoot(page, "playground");
  await playground.example("One that cheats the buyer");
  await expect(playground.verdict).toContainText("errors");
  await hasNoBarriers(page);
  await shoot(page, "playground-cheating");
  await page.setViewportSize({ width: 360, height: 780 });
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(width).toBeLessThanOrEqual(360);
});

test("is linked with Studio", async ({ studio }) => {
  await studio.page.getByRole("link", { name: "Catalog playground" }).click();
  await expect(studio.page).toHaveURL(/\/playground\/$/);
  await studio.page.getByRole("link", { name: "Back to Studio" }).click();
  await studio.ready();
  await studio.page.goto("/playground");
  await expect(studio.page).toHaveURL(/\/playground\/$/);
});
