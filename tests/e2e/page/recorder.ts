import type { Page, Request, Response } from "@playwright/test";

declare global {
  interface Window {
    shownNumbers: string[];
    heardEvents: string[];
  }
}

/** From now on, keeps every text that the pill's number takes. */
export async function recordNumbers(page: Page): Promise<() => Promise<string[]>> {
  await page.evaluate(() => {
    const root = document.querySelector("credit-balance")?.shadowRoot;
    if (!root) throw new Error("<credit-balance> has no open shadow root");
    const read = () => root.querySelector("[part~=value]")?.textContent ?? "";
    window.shownNumbers = [read()];
    new MutationObserver(() => {
      if (window.shownNumbers.at(-1) !== read()) window.shownNumbers.push(read());
    }).observe(root, { subtree: true, childList: true, characterData: true });
  });
  return () => page.evaluate(() => window.shownNumbers);
}

const EVENTS = [
  "credit-ready",
  "credit-balance-change",
  "credit-low",
  "credit-empty",
  "credit-returned",
  "credit-error",
];

/** From its next load on, every load of the page keeps the names of the elements' events. */
export async function recordEvents(page: Page): Promise<() => Promise<string[]>> {
  await page.addInitScript((names) => {
    window.heardEvents = [];
    for (const name of names) addEventListener(name, () => window.heardEvents.push(name));
  }, EVENTS);
  return () => page.evaluate(() => window.heardEvents);
}

/** What the page has asked of the credit backend and heard from it since the recording began. */
export class Traffic {
  readonly asked: string[] = [];
  readonly heard: string[] = [];

  constructor(page: Page) {
    const told = (request: Request) => `${request.method()} ${new URL(request.url()).pathname}`;
    page.on("request", (request) => this.asked.push(told(request)));
    page.on("response", (response: Response) => this.heard.push(told(response.request())));
  }
}
