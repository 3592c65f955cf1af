import { randomUUID } from "node:crypto";
import type {} from "creditpack/elements";
import { recordEvents } from "./page/recorder.ts";
import { shoot } from "./page/shots.ts";
import { expect, test } from "./test.ts";
import { SESSION } from "./world/shop.ts";

test("what README.md says to paste sells, shows and tells", async ({
  page,
  context,
  world: { shop },
  consoleWatch,
}) => {
  consoleWatch.watch(page);
  const account = `reader_${randomUUID()}`;
  await context.addCookies([{ name: SESSION, value: account, url: shop.url }]);
  const heard = await recordEvents(page);
  const shown = page.locator("credit-balance [part~=value]");

  await page.goto(shop.url);
  await expect(shown).toHaveText("0");
  await shoot(page, "30-pasted");
  await page
    .locator("credit-packs")
    .getByRole("button", { name: /\b5 credits\b/ })
    .click();
  await page.waitForURL(/\/test\/checkout\//);
  await page.getByRole("button", { name: "Pay", exact: true }).click();
  await page.waitForURL((url) => url.origin === shop.url && url.searchParams.has("checkout"));
  await expect(shown).toHaveText("5");
  await expect.poll(heard).toContain("credit-balance-change");

  await page.reload();
  await expect(shown).toHaveText("5");
  await expect
    .poll(async () => (await heard()).sort())
    .toEqual(["credit-balance-change", "credit-ready"]);

  /** One image, from the number's drop to the end of the work that was done for it. */
  const draw = async () => {
    const op = await page.evaluate(
      () => document.querySelector("credit-provider")?.credits?.spend("image").op,
    );
    await shop.credits.withCredits({ account, op, operation: "image" }, () => "an image");
    await expect.poll(() => page.evaluate(openSpends)).toBe(0);
  };
  const levels = async () =>
    (await heard()).filter((name) => name === "credit-low" || name === "credit-empty");
  for (const left of ["4", "3", "2"]) {
    await draw();
    await expect(shown).toHaveText(left);
    expect(await levels()).toEqual([]);
  }
  await draw();
  await expect(shown).toHaveText("1");
  await expect.poll(levels).toEqual(["credit-low"]);
  await draw();
  await expect(shown).toHaveText("0");
  await expect.poll(levels).toEqual(["credit-low", "credit-empty"]);
  expect((await heard()).filter((name) => name === "credit-ready")).toHaveLength(1);
  expect(await heard()).not.toContain("credit-error");
  await shoot(page, "31-pasted-and-empty");
});

function openSpends(): number | undefined {
  return document.querySelector("credit-provider")?.credits?.getSnapshot().spends.length;
}
