import type { Locator, Page } from "@playwright/test";
import type {} from "creditpack/elements";

/** One tab of a shop: its balance, and its `<credit-provider>`'s client. */
export class Tab {
  readonly page: Page;
  readonly shown: Locator;
  /** How many streams it has opened, and how often it asked for a snapshot. */
  streams = 0;
  snapshots = 0;

  constructor(page: Page) {
    this.page = page;
    this.shown = page.locator("credit-balance [part~=value]");
    page.on("request", (request) => {
      const { pathname } = new URL(request.url());
      if (pathname === "/v1/account/stream") this.streams += 1;
      if (pathname === "/v1/account") this.snapshots += 1;
    });
  }

  /** Opens the shop in `page`. */
  static async open(page: Page, url: string): Promise<Tab> {
    const tab = new Tab(page);
    await page.goto(url);
    await tab.ready();
    return tab;
  }

  /** Waits until the credits are known. */
  ready(): Promise<void> {
    return this.page.evaluate(() => document.querySelector("credit-provider")?.credits?.ready);
  }

  /** Spends one image, or tells by its code why it may not. */
  spend(): Promise<{ op?: string; refused?: string }> {
    return this.page.evaluate(() => {
      try {
        return { op: document.querySelector("credit-provider")?.credits?.spend("image").op ?? "" };
      } catch (error) {
        return { refused: String((error as { code?: unknown }).code) };
      }
    });
  }

  phase(): Promise<string | undefined> {
    return this.page.evaluate(
      () => document.querySelector("credit-provider")?.credits?.getSnapshot().phase,
    );
  }

  /** How many spends are open, in whichever tab they were made. */
  open(): Promise<number | undefined> {
    return this.page.evaluate(
      () => document.querySelector("credit-provider")?.credits?.getSnapshot().spends.length,
    );
  }

  signOut(): Promise<void> {
    return this.page.evaluate(async () => {
      await document.querySelector("credit-provider")?.credits?.signOut();
    });
  }

  /** Sets attributes of the provider, which opens its client anew. */
  async provide(attributes: Readonly<Record<string, string>>): Promise<void> {
    await this.page.evaluate((attributes) => {
      const provider = document.querySelector("credit-provider");
      for (const [name, value] of Object.entries(attributes)) provider?.setAttribute(name, value);
    }, attributes);
  }

  /** Crashes the page's process. */
  async crash(): Promise<void> {
    const crashed = this.page.waitForEvent("crash");
    const session = await this.page.context().newCDPSession(this.page);
    // Nobody is left to answer it.
    void session.send("Page.crash").catch(() => {});
    await crashed;
  }

  /** Keeps the page's only thread busy, so that it answers nobody. */
  hang(ms: number): Promise<void> {
    return this.page.evaluate((ms) => {
      const until = Date.now() + ms;
      while (Date.now() < until);
    }, ms);
  }

  /**
   * Tells the page that it is about to be frozen; the returned function tells it that it was woken.
   * Playwright's browser takes every page for visible, and freezes none: see frozen.spec.ts.
   */
  async freeze(): Promise<() => Promise<void>> {
    const tell = (event: string) =>
      this.page.evaluate((event) => void document.dispatchEvent(new Event(event)), event);
    await tell("freeze");
    return () => tell("resume");
  }
}
