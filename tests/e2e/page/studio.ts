import { expect, type Locator, type Page } from "@playwright/test";

type Operation = "draft" | "image" | "campaign";

const KIND: Record<Operation, string> = {
  draft: "Write a draft",
  image: "Make a picture",
  campaign: "Run a campaign",
};

/** Studio as a person sees it, in one tab. */
export class Studio {
  readonly page: Page;
  readonly pill: Locator;
  /** The number on the pill. */
  readonly number: Locator;
  readonly submit: Locator;
  readonly cards: Locator;
  readonly notice: Locator;
  readonly activity: Locator;
  readonly packs: Locator;

  constructor(page: Page) {
    this.page = page;
    this.pill = page.locator("credit-balance");
    this.number = this.pill.locator("[part~=value]");
    this.submit = page.locator("#submit");
    this.cards = page.locator("#works > .card");
    this.notice = page.locator(".notice");
    this.activity = page.locator("#activity");
    this.packs = page.locator("credit-packs").getByRole("dialog");
  }

  /** Opens the page and waits until the credits are known. */
  async open(): Promise<void> {
    await this.page.goto("/");
    await this.ready();
  }

  async ready(): Promise<void> {
    await expect(this.submit).toHaveText(/· 1 credit$/);
  }

  async shows(credits: number, timeout = 10_000): Promise<void> {
    await expect(this.number).toHaveText(String(credits), { timeout });
  }

  /** Fills the composer in without sending it. */
  async compose(operation: Operation, prompt: string): Promise<void> {
    await this.page.getByRole("radio", { name: KIND[operation] }).check({ force: true });
    await this.page.getByLabel("What it is about").fill(prompt);
  }

  /** Asks for a piece of work and returns its card. */
  async order(operation: Operation, prompt: string): Promise<Locator> {
    await this.compose(operation, prompt);
    await this.submit.click();
    return this.card(prompt);
  }

  /** The newest card of this prompt. */
  card(prompt: string): Locator {
    return this.cards.filter({ has: this.page.getByText(prompt, { exact: true }) }).first();
  }

  /** Sets a backstage control by the words on it. */
  async backstage(control: string, choice: string): Promise<void> {
    const details = this.page.locator("#backstage");
    if ((await details.getAttribute("open")) === null) await details.locator("summary").click();
    const group = this.page.getByRole("group", { name: control });
    const radio = group.getByRole("radio", { name: choice, exact: true });
    const answered = this.page.waitForResponse(
      (response) =>
        response.url().endsWith("/api/backstage") && response.request().method() === "POST",
    );
    await radio.check({ force: true });
    await answered;
    await expect(radio).toBeChecked();
  }

  /** Goes to the checkout of the pack of so many credits. The packs must be on the page. */
  async choosePack(credits: number): Promise<void> {
    await this.packs.getByRole("button", { name: new RegExp(`\\b${credits} credits\\b`) }).click();
    await this.page.waitForURL(/\/test\/checkout\//);
  }

  /** Buys a pack, from the pill to the credits. */
  async buy(credits: number): Promise<void> {
    await this.pill.click();
    await this.choosePack(credits);
    await this.page.getByRole("button", { name: "Pay", exact: true }).click();
    await this.ready();
    await expect(this.notice).toContainText(`${credits} credits added`);
    await this.notice.getByRole("button", { name: "Dismiss" }).click();
  }
}
