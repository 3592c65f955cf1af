import { randomUUID } from "node:crypto";
import type { BrowserContext } from "@playwright/test";
import { Tab } from "./page/tab.ts";
import { test as base, expect } from "./test.ts";
import { SESSION } from "./world/shop.ts";

interface Shopper {
  /** An account of its own with so many credits, signed in at the shop. */
  credits: number;
  account: string;
  /** Another tab of the shop. */
  open: () => Promise<Tab>;
  /** A tab of the shop in another browser, signed in to the same account. */
  openElsewhere: () => Promise<Tab>;
}

/** A reader of the shop who has credits. */
export const test = base.extend<Shopper>({
  credits: [5, { option: true }],

  account: async ({ context, credits, world: { shop } }, use) => {
    const account = `shopper_${randomUUID()}`;
    await shop.credits.grant({ account, credits, reason: "test" });
    await signIn(context, shop.url, account);
    await use(account);
  },

  open: async ({ account, context, world: { shop }, consoleWatch }, use) => {
    // The account is what the page is about: it is there before any tab is.
    expect(account).toBeTruthy();
    await use(async () => {
      const page = await context.newPage();
      consoleWatch.watch(page);
      return Tab.open(page, shop.url);
    });
  },

  openElsewhere: async ({ account, browser, world: { shop }, consoleWatch }, use) => {
    const others: BrowserContext[] = [];
    await use(async () => {
      const other = await browser.newContext();
      others.push(other);
      await signIn(other, shop.url, account);
      const page = await other.newPage();
      consoleWatch.watch(page);
      return Tab.open(page, shop.url);
    });
    for (const other of others) await other.close();
  },
});

async function signIn(context: BrowserContext, url: string, account: string): Promise<void> {
  await context.addCookies([{ name: SESSION, value: account, url }]);
}

export { expect };
