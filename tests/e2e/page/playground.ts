import { expect, type Locator, type Page, type Request } from "@playwright/test";

/** The playground as somebody who writes a catalog sees it. */
export class Playground {
  readonly page: Page;
  readonly text: Locator;
  readonly findings: Locator;
  readonly verdict: Locator;
  readonly stale: Locator;
  readonly stage: Locator;
  readonly pill: Locator;
  /** The number on the pill. */
  readonly number: Locator;
  /** The few words beneath it. */
  readonly note: Locator;
  readonly packs: Locator;
  readonly prices: Locator;
  readonly deal: Locator;
  /** Everything the page has asked for. */
  readonly asked: Request[] = [];

  constructor(page: Page) {
    this.page = page;
    this.text = page.getByRole("textbox", { name: "Catalog, written in TOML" });
    this.findings = page.locator(".finding");
    this.verdict = page.locator("#verdict");
    this.stale = page.locator("#stale");
    this.stage = page.locator("#stage");
    this.pill = this.stage.locator("credit-balance");
    this.number = this.pill.locator("[part~=value]");
    this.note = this.pill.locator("[part~=note]");
    this.packs = this.stage.locator("credit-packs").first();
    this.prices = page.locator("#prices");
    this.deal = page.locator("#deal");
    page.on("request", (request) => this.asked.push(request));
  }

  async open(): Promise<void> {
    await this.page.goto("/playground/");
    await expect(this.verdict).not.toHaveText("Loading…");
    await expect(this.number).toBeVisible();
  }

  /** The line of the text that has `words` in it. */
  line(words: string): Locator {
    return this.text.locator(".cm-line").filter({ hasText: words }).first();
  }

  /** Types `next` in place of the line that has `words` in it. */
  async retype(words: string, next: string): Promise<void> {
    await this.line(words).click();
    const { keyboard } = this.page;
    await keyboard.press("Home");
    await keyboard.press("Shift+End");
    await keyboard.type(next);
  }

  async example(name: string): Promise<void> {
    await this.choose("Begin with", name);
  }

  async choose(label: string, option: string): Promise<void> {
    await this.page.getByRole("combobox", { name: label, exact: true }).selectOption(option);
  }

  /** Presses the stage's button for that operation. */
  async spendOn(operation: string): Promise<void> {
    await this.stage.getByRole("button", { name: new RegExp(`^${operation}`) }).click();
  }
}
