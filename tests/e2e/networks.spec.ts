import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import type { BrowserContext, Page } from "@playwright/test";
import { rolldown } from "rolldown";
import { Traffic } from "./page/recorder.ts";
import { launchOptions } from "./playwright.config.ts";
import { expect, test } from "./shopper.ts";
import { SESSION, type Shop } from "./world/shop.ts";

// Playwright's own browser keeps no page to go back to.
test.use({
  launchOptions: { ...launchOptions, ignoreDefaultArgs: ["--disable-back-forward-cache"] },
});

const ACCOUNT = "GET /v1/account";

/** The shop as one of its readers sees it, who has 5 credits. */
async function visit(page: Page, context: BrowserContext, shop: Shop) {
  const account = `reader_${randomUUID()}`;
  await context.addCookies([{ name: SESSION, value: account, url: shop.url }]);
  await shop.credits.grant({ account, credits: 5, reason: "test" });
  const traffic = new Traffic(page);
  await page.goto(shop.url);
  const shown = page.locator("credit-balance [part~=value]");
  await expect(shown).toHaveText("5");
  await expect.poll(() => traffic.heard).toContain(`${ACCOUNT}/stream`);
  traffic.heard.splice(0);
  return {
    shown,
    grant: () => shop.credits.grant({ account, credits: 2, reason: "more" }),
    phase: () => page.evaluate(phaseOf),
    /** The snapshots that the backend has answered since this was asked last. */
    snapshots: () => traffic.heard.splice(0).filter((told) => told === ACCOUNT).length,
    streaming: () => expect.poll(() => traffic.heard).toContain(`${ACCOUNT}/stream`),
  };
}

function phaseOf(): string | undefined {
  return document.querySelector("credit-provider")?.credits?.getSnapshot().phase;
}

test("a connection that comes back is looked at once", async ({ page, context, world }) => {
  const { shown, grant, phase, snapshots, streaming } = await visit(page, context, world.shop);
  await context.setOffline(true);
  await expect.poll(phase).toBe("offline");
  await grant();
  await context.setOffline(false);
  await expect(shown).toHaveText("7");
  await expect.poll(phase).toBe("settled");
  await streaming();
  expect(snapshots()).toBeLessThanOrEqual(1);
});

test("a page that was frozen is right again with one look", async ({ page, context, world }) => {
  const { shown, grant, phase, snapshots, streaming } = await visit(page, context, world.shop);
  // Chromium freezes only a page behind another one, and Playwright pretends that none is behind.
  const lifecycle = (event: "freeze" | "resume") =>
    page.evaluate((type) => void document.dispatchEvent(new Event(type)), event);
  const closed = page.waitForEvent("requestfailed");
  await lifecycle("freeze");
  expect(new URL((await closed).url()).pathname).toBe("/v1/account/stream");
  await grant();
  await expect(shown).toHaveText("5");
  await lifecycle("resume");
  await expect(shown).toHaveText("7");
  await expect.poll(phase).toBe("settled");
  await streaming();
  expect(snapshots()).toBeLessThanOrEqual(1);
});

test("a page gone back to is right again with one look", async ({ page, context, world }) => {
  const { shown, grant, phase, snapshots, streaming } = await visit(page, context, world.shop);
  await page.evaluate(() => document.documentElement.setAttribute("data-kept", ""));
  await page.goto("about:blank");
  await grant();
  // It does not load again.
  await page.goBack({ waitUntil: "commit" });
  await expect(page.locator("html[data-kept]")).toBeAttached();
  await expect(shown).toHaveText("7");
  await expect.poll(phase).toBe("settled");
  await streaming();
  expect(snapshots()).toBeLessThanOrEqual(1);
});

test("a leading tab that was left follows when it is gone back to", async ({
  context,
  account,
  open,
  world: { shop },
}) => {
  await context.addInitScript(() => {
    addEventListener("pageshow", ({ persisted }) => {
      document.documentElement.toggleAttribute("data-persisted", persisted);
    });
  });
  const first = await open();
  const second = await open();
  const { op } = await first.spend();
  if (!op) throw new Error("a spend was refused");
  await expect(second.shown).toHaveText("4");
  await first.page.goto("about:blank");
  await expect.poll(() => second.streams).toBe(1);
  await shop.credits.withCredits({ account, op, operation: "image" }, () => "an image");
  await shop.credits.grant({ account, credits: 2, reason: "more" });
  await expect(second.shown).toHaveText("6");
  const streams = first.streams;
  await first.page.goBack({ waitUntil: "commit" });
  await expect(first.page.locator("html[data-persisted]")).toBeAttached();
  await expect(first.shown).toHaveText("6");
  await expect.poll(() => first.phase()).toBe("settled");
  expect(await first.open()).toBe(0);
  await first.spend();
  await expect(second.shown).toHaveText("5");
  expect([first.streams - streams, second.streams]).toEqual([0, 1]);
});

test("a backend that was killed is found again with one look", async ({ page, context, world }) => {
  const { shown, grant, phase, snapshots, streaming } = await visit(page, context, world.shop);
  await world.killBackend();
  await expect.poll(phase).toBe("stale");
  await world.startBackend();
  await grant();
  await expect(shown).toHaveText("7", { timeout: 30_000 });
  await expect.poll(phase).toBe("settled");
  await streaming();
  expect(snapshots()).toBeLessThanOrEqual(1);
});

test("a worker of a page holds a client", async ({ page, context, world: { shop } }) => {
  const account = `worker_${randomUUID()}`;
  await context.addCookies([{ name: SESSION, value: account, url: shop.url }]);
  await shop.credits.grant({ account, credits: 5, reason: "test" });
  const { token } = await shop.credits.mintToken(account);
  shop.scripts.set("/creditpack/worker.js", await bundled("./page/worker.ts"));
  await page.goto(shop.url);
  await page.evaluate(startWorker, { endpoint: shop.endpoint, account, token });
  const told = () => page.evaluate(() => window.toldByWorker.at(-1));
  await expect.poll(told).toEqual({ shown: 4, available: 4, phase: "settled" });
  await shop.credits.grant({ account, credits: 2, reason: "more" });
  await expect.poll(told).toMatchObject({ shown: 6, available: 6 });
});

declare global {
  interface Window {
    toldByWorker: unknown[];
  }
}

function startWorker(start: { endpoint: string; account: string; token: string }): void {
  window.toldByWorker = [];
  const worker = new Worker("/creditpack/worker.js", { type: "module" });
  worker.addEventListener("message", ({ data }) => window.toldByWorker.push(data));
  worker.addEventListener("error", ({ message }) => window.toldByWorker.push(message));
  worker.postMessage(start);
}

/** A file of ours as a product's bundler would make it. */
async function bundled(file: string): Promise<string> {
  const input = fileURLToPath(new URL(file, import.meta.url));
  const build = await rolldown({ input, external: /creditpack_inline/, logLevel: "silent" });
  const { output } = await build.generate({ format: "esm" });
  await build.close();
  return output[0].code;
}
