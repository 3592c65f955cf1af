import type { CreditError, PromotionRefusal } from "../errors.js";
import type { MessageKey, Words } from "../messages.js";
import { h, icon, setText } from "./dom.js";
import type { Promotion } from "./promotion.js";

const CHECK = ["M5 12.5l4.5 4.5L19 7.5"] as const;

const REFUSAL_WORDS: Readonly<Record<PromotionRefusal, MessageKey>> = {
  unknown: "promotionUnknown",
  not_started: "promotionNotStarted",
  ended: "promotionEnded",
  pack_too_small: "promotionPackTooSmall",
  other_currency: "promotionOtherCurrency",
  not_first_purchase: "promotionNotFirstPurchase",
  used_by_account: "promotionUsedByAccount",
  used_up: "promotionUsedUp",
  price_too_low: "promotionPriceTooLow",
};

/** Why a code is not good for a purchase, in a sentence. */
export function refusalText(reason: PromotionRefusal | undefined, words: Words): string {
  return words(reason ? REFUSAL_WORDS[reason] : "promotionOther");
}

/**
 * Where a buyer enters a code, reads what became of it, and takes it back. One line for all of
 * these, and one beneath for a refusal, so that nothing around it moves.
 */
export class PromotionField {
  readonly element = h("div", { class: "promotion", part: "promotion", hidden: "" });
  readonly #ask = h("button", {
    type: "button",
    class: "ask",
    part: "promotion__ask",
    "aria-expanded": "false",
    "aria-controls": "promotion-form",
  });
  readonly #label = h("label", { class: "aside", for: "promotion-code" });
  readonly #input = h("input", {
    id: "promotion-code",
    part: "promotion__input",
    dir: "ltr",
    maxlength: "80",
    autocomplete: "off",
    autocapitalize: "characters",
    spellcheck: "false",
    enterkeyhint: "done",
    "aria-describedby": "promotion-told",
  });
  readonly #apply = h("button", { type: "submit", class: "apply", part: "promotion__apply" });
  readonly #form = h("form", { id: "promotion-form", class: "code", novalidate: "" });
  readonly #told = h("span", { id: "promotion-told" });
  /** There before its first text, as a live region must be. */
  readonly #status = h("p", {
    class: "told",
    part: "promotion__note",
    role: "status",
    tabindex: "-1",
  });
  readonly #remove = h("button", { type: "button", class: "remove", part: "promotion__remove" });
  readonly #promotion: Promotion;
  #isOpen = false;
  #isRemoved = false;
  #shownRefusal: CreditError | undefined;
  #wasApplied = false;

  constructor(promotion: Promotion) {
    this.#promotion = promotion;
    this.#form.append(this.#label, this.#input, this.#apply);
    this.#status.append(icon(...CHECK), this.#told);
    this.element.append(this.#ask, this.#form, this.#status, this.#remove);
    this.#ask.addEventListener("click", () => this.#toggle());
    this.#form.addEventListener("submit", (event) => this.#submit(event));
    this.#remove.addEventListener("click", () => this.#takeBack());
  }

  /** Brings it up to date; `isOffered` says whether a buyer may enter a code unasked. */
  render(words: Words, isOffered: boolean): void {
    const { applied, refused, isChecking } = this.#promotion;
    const hadFocus = this.#hasFocus();
    if (refused && refused.error !== this.#shownRefusal) this.#show(refused.code, isOffered);
    this.#shownRefusal = refused?.error;
    if (applied) this.#isRemoved = false;
    const text = this.#text(words);
    this.element.hidden = !isOffered && text === "";
    this.#ask.hidden = !isOffered || applied !== undefined;
    this.#form.hidden = !this.#isOpen || !isOffered || applied !== undefined;
    this.#remove.hidden = !applied;
    this.element.toggleAttribute("data-open", this.#isOpen);
    this.element.toggleAttribute("data-applied", applied !== undefined);
    this.element.toggleAttribute("data-refused", refused !== undefined);
    this.#ask.ariaExpanded = String(this.#isOpen);
    this.#input.ariaInvalid = refused ? "true" : null;
    this.#apply.ariaDisabled = isChecking ? "true" : null;
    setText(this.#ask, words("promotionAsk"));
    setText(this.#label, words("promotionCode"));
    setText(this.#apply, words(isChecking ? "promotionChecking" : "promotionApply"));
    setText(this.#remove, words("promotionRemove"));
    setText(this.#told, text);
    // What had the focus is gone once a code is applied or removed; what took its place gets it.
    const isExchanged = this.#wasApplied !== (applied !== undefined);
    this.#wasApplied = applied !== undefined;
    if (isExchanged && hadFocus) this.#control().focus();
  }

  /** To be asked before anything is hidden: a hidden element has lost the focus by then. */
  #hasFocus(): boolean {
    const { activeElement } = this.element.getRootNode() as Partial<ShadowRoot>;
    return this.element.contains(activeElement ?? null);
  }

  /** The control that stands in the line now. */
  #control(): HTMLElement {
    const controls = [this.#remove, this.#input, this.#ask];
    if (this.#form.hidden) controls.splice(1, 1);
    return controls.find(({ hidden }) => !hidden) ?? this.#status;
  }

  #text(words: Words): string {
    const { applied, refused } = this.#promotion;
    if (applied) return words("promotionApplied", { code: applied.code });
    if (refused?.error.code === "promotion_invalid")
      return refusalText(refused.error.reason, words);
    if (refused) return words("promotionFailed");
    return this.#isRemoved ? words("promotionRemoved") : "";
  }

  /** A refused code stands in the input, to be mended, wherever it came from. */
  #show(code: string, isOffered: boolean): void {
    this.#isOpen ||= isOffered;
    if (this.#input.value.trim() !== code) this.#input.value = code;
  }

  #toggle(): void {
    this.#isOpen = !this.#isOpen;
    this.#form.hidden = !this.#isOpen;
    this.element.toggleAttribute("data-open", this.#isOpen);
    this.#ask.ariaExpanded = String(this.#isOpen);
    if (this.#isOpen) this.#input.focus();
  }

  #submit(event: Event): void {
    event.preventDefault();
    this.#isRemoved = false;
    if (this.#promotion.isChecking) return;
    if (this.#input.value.trim() === "") this.#input.focus();
    else this.#promotion.apply(this.#input.value);
  }

  #takeBack(): void {
    this.#isRemoved = true;
    this.#input.value = "";
    this.#promotion.apply("");
  }
}
