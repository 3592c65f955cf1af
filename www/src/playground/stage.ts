import type { Credits, OperationOffer } from "creditpack";
import type { CreditProvider } from "creditpack/elements";
import { loadWords, type Words } from "creditpack/words";
import { type Asked, type PreviewCredits, previewCredits } from "creditpack/workbench";
import { make, say } from "../element.ts";
import type { Wishes } from "./controls.ts";
import type { Shop } from "./shop.ts";

/** The widgets as a buyer of the shop sees them, on made-up numbers. */
export class Stage {
  #preview: PreviewCredits | undefined;
  #situation = "";
  #words: Words | undefined;

  constructor(
    private readonly host: HTMLElement,
    private readonly provider: CreditProvider,
    private readonly doings: HTMLElement,
  ) {}

  show(shop: Shop, wishes: Wishes): void {
    const { locale, outcome, situation, currency, colours } = wishes;
    const catalog = shop.publicIn(currency);
    const deal = (asked: Asked) => shop.deal(asked);
    this.#colour(colours);
    if (this.#preview?.locale !== locale) {
      this.#open(previewCredits(shop.workbench, { catalog, deal, situation, outcome, locale }));
      this.#situation = JSON.stringify(situation);
      return;
    }
    // A running spend goes on as long as its situation is the same.
    const changed = JSON.stringify(situation) !== this.#situation;
    this.#preview.show({ catalog, deal, outcome, ...(changed && { situation }) });
    this.#situation = JSON.stringify(situation);
  }

  #open(preview: PreviewCredits): void {
    this.#preview?.close();
    this.#preview = preview;
    this.provider.credits = preview;
    this.#words = undefined;
    this.host.lang = preview.locale;
    void loadWords(preview.locale).then((words) => {
      if (this.#preview !== preview) return;
      this.#words = words;
      this.host.dir = words.dir;
      this.#drawDoings(preview);
    });
    preview.subscribe(() => this.#drawDoings(preview));
  }

  #colour(colours: Wishes["colours"]): void {
    if (colours === "page") delete this.host.dataset.theme;
    else this.host.dataset.theme = colours;
  }

  /** One button for each operation; those that are there already stay, and keep the focus. */
  #drawDoings(preview: Credits): void {
    const words = this.#words;
    if (!words || this.#preview !== preview) return;
    const operations = preview.operations();
    const old = [...this.doings.querySelectorAll("button")];
    const same = old.length === operations.length;
    const buttons = same ? old : operations.map(() => this.#button());
    for (const [at, operation] of operations.entries()) {
      const button = buttons[at];
      if (button) label(button, operation, words, preview.canSpend(operation.id));
    }
    if (!same) this.doings.replaceChildren(...buttons);
  }

  #button(): HTMLButtonElement {
    const button = make("button", "doing", make("span", "doing-name"), make("span", "doing-cost"));
    button.type = "button";
    button.addEventListener("click", () => {
      const { operation = "" } = button.dataset;
      if (this.#preview?.canSpend(operation)) this.#preview.spend(operation);
    });
    return button;
  }
}

function label(button: HTMLElement, operation: OperationOffer, words: Words, can: boolean): void {
  const [name, cost] = button.children;
  if (name) say(name, operation.label);
  if (cost) say(cost, words("credits", { n: operation.credits }));
  button.dataset.operation = operation.id;
  button.ariaDisabled = can ? null : "true";
}
