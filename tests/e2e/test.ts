import { type BrowserContext, test as base, expect } from "@playwright/test";
import { ConsoleWatch } from "./page/console.ts";
import { Studio } from "./page/studio.ts";
import { World } from "./world/world.ts";

interface Given {
  /** Where the page's errors are gathered; a test that leaves any fails. */
  consoleWatch: ConsoleWatch;
  /** A new visitor's Studio: an account of its own, no credits. */
  studio: Studio;
  /** Another tab of the same visitor. */
  secondTab: () => Promise<Studio>;
  /** A tab of the same visitor in another browser: it hears nothing of the first one's tabs. */
  secondBrowser: () => Promise<Studio>;
}

export const test = base.extend<Given, { world: World }>({
  world: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright wants the pattern.
    async ({}, use) => {
      const world = await World.create();
      await use(world);
      await world.end();
    },
    { scope: "worker" },
  ],

  baseURL: async ({ world }, use) => use(world.studioUrl),

  // biome-ignore lint/correctness/noEmptyPattern: Playwright wants the pattern.
  consoleWatch: async ({}, use) => {
    const watch = new ConsoleWatch();
    await use(watch);
    expect(watch.errors, "errors on the console").toEqual([]);
  },

  studio: async ({ context, consoleWatch, world, request }, use, testInfo) => {
    const studio = await tab(context, consoleWatch);
    await studio.open();
    await use(studio);
    await request.post(`${world.studioUrl}/api/backstage`, {
      data: { fail_next: false, delay_ms: 0, dropped: false, webhook_delay_ms: 0 },
    });
    if (testInfo.status !== testInfo.expectedStatus) {
      await testInfo.attach("programs", { body: world.errors });
    }
  },

  secondTab: async ({ context, consoleWatch }, use) => {
    await use(() => tab(context, consoleWatch));
  },

  secondBrowser: async ({ browser, context, consoleWatch, baseURL }, use) => {
    const opened: BrowserContext[] = [];
    await use(async () => {
      const { cookies } = await context.storageState();
      const storageState = { cookies, origins: [] };
      const other = await browser.newContext({ storageState, ...(baseURL && { baseURL }) });
      opened.push(other);
      return tab(other, consoleWatch);
    });
    for (const other of opened) await other.close();
  },
});

async function tab(context: BrowserContext, watch: ConsoleWatch): Promise<Studio> {
  const page = await context.newPage();
  watch.watch(page);
  return new Studio(page);
}

export { expect };
