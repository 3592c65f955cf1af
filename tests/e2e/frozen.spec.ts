// A tab that the browser itself freezes, which it does to hidden ones only.
import { chromium } from "@playwright/test";
import { launchOptions } from "./playwright.config.ts";
import { expect, test } from "./shopper.ts";
import { BareBrowser, type BareTab } from "./world/bare-browser.ts";
import { SESSION } from "./world/shop.ts";

const CREDITS = `document.querySelector("credit-provider").credits`;
const shown = (tab: BareTab) => () => tab.read(`${CREDITS}.getSnapshot().shown`);
const phase = (tab: BareTab) => () => tab.read(`${CREDITS}.getSnapshot().phase`);

test("a leader frozen by the browser loses the lead, and follows when it wakes", async ({
  account,
  world: { shop },
}) => {
  const executable = launchOptions.executablePath ?? chromium.executablePath();
  const browser = await BareBrowser.start(executable, launchOptions.args ?? []);
  try {
    const session = { name: SESSION, value: account };
    const first = await browser.open(shop.url, session);
    await expect.poll(shown(first)).toBe(5);
    const second = await browser.open(shop.url, session);
    await expect.poll(shown(second)).toBe(5);
    await expect.poll(() => first.read("document.visibilityState")).toBe("hidden");
    await first.read(`(() => {
      window.life = [];
      for (const type of ["freeze", "resume"]) {
        document.addEventListener(type, () => life.push(type, ${CREDITS}.getSnapshot().shown));
      }
    })()`);
    await first.freeze();
    await expect.poll(() => first.read("life[0]")).toBe("freeze");
    await shop.credits.grant({ account, credits: 3, reason: "test" });
    await expect.poll(shown(second)).toBe(8);
    await expect.poll(phase(second)).toBe("settled");
    await first.wake();
    await expect.poll(shown(first)).toBe(8);
    await expect.poll(phase(first)).toBe("settled");
    expect(await first.read("life")).toEqual(["freeze", 5, "resume", 5]);
    const spent = await second.read(`${CREDITS}.spend("image").op`);
    await expect.poll(shown(first)).toBe(7);
    const work = { account, op: String(spent), operation: "image" };
    await shop.credits.withCredits(work, () => "an image");
    for (const tab of [first, second]) {
      await expect.poll(phase(tab)).toBe("settled");
      expect(await shown(tab)()).toBe(7);
    }
  } finally {
    await browser.end();
  }
});
