import type { Page, Request, Response } from "@playwright/test";
import type {} from "creditpack/elements";

declare global {
  interface Window {
    shownNumbers: string[];
    heardEvents: string[];
    recordedShown: { told: number[]; written: number[]; painted: number[] };
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

/** Every number that one page has shown, by each way in which it could be seen to change. */
export interface Shown {
  /** As told to a subscriber. */
  readonly told: readonly number[];
  /** As it stood in the pill after each change of its elements. */
  readonly written: readonly number[];
  /** As it stood in the pill at each frame. */
  readonly painted: readonly number[];
}

/** From now on, keeps every number that the page shows, equal ones in a row once. */
export async function recordShown(page: Page): Promise<() => Promise<Shown>> {
  await page.evaluate(() => {
    const credits = document.querySelector("credit-provider")?.credits;
    const root = document.querySelector("credit-balance")?.shadowRoot;
    const value = root?.querySelector("[part~=value]");
    if (!credits || !root || !value) throw new Error("no <credit-balance> with a client");
    const recording = { told: [], written: [], painted: [] };
    const keep = (numbers: number[], now: number) => {
      if (numbers.at(-1) !== now) numbers.push(now);
    };
    const tell = () => keep(recording.told, credits.getSnapshot().shown);
    const write = () => keep(recording.written, Number(value.textContent));
    const paint = () => {
      keep(recording.painted, Number(value.textContent));
      requestAnimationFrame(paint);
    };
    for (const begin of [tell, write, paint]) begin();
    credits.subscribe(tell);
    new MutationObserver(write).observe(root, {
      subtree: true,
      childList: true,
      characterData: true,
    });
    window.recordedShown = recording;
  });
  return () => page.evaluate(() => window.recordedShown);
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
