import type { PackOffer } from "../catalog.js";
import type { Credits } from "../client.js";
import { type CreditError, type CreditErrorCode, toCreditError } from "../errors.js";
import type { MessageKey, Words } from "../messages.js";
import { reconcile } from "../snapshot.js";
import { CreditElement } from "./base.js";
import { adopt, define, h, icon, mark, setText } from "./dom.js";
import { emit } from "./events.js";
import { packCard } from "./pack-card.js";
import { PACKS_STYLES } from "./packs-styles.js";
import { type Promoted, Promotion } from "./promotion.js";
import { PromotionField, refusalText } from "./promotion-field.js";
import { PROMOTION_STYLES } from "./promotion-styles.js";
import { TOKENS } from "./tokens.js";

const CROSS = ["M6 6l12 12", "M18 6L6 18"] as const;

const LEAVING_MS_MAX = 10_000;

const ERROR_WORDS: Partial<Record<CreditErrorCode, MessageKey>> = {
  network: "errorNetwork",
  store_unavailable: "errorNetwork",
  overloaded: "errorNetwork",
  provider_unavailable: "errorNetwork",
  price_changed: "errorPriceChanged",
  payments_not_configured: "errorNotConfigured",
  rate_limited: "errorRateLimited",
};

/**
 * `<credit-packs>`: the packs on sale, each with its price in all and per credit, and a button that
 * opens the checkout. In the page, or, with `variant="dialog"`, in a modal dialog. With a
 * promotion's code, every pack shows what it costs and grants with it, or why it does not.
 *
 * @attr variant - `inline` (default) or `dialog`.
 * @attr open - Whether the dialog is open.
 * @attr promotion - A promotion's code to apply, such as one from a link; empty, none.
 * @attr promotion-field - Buyers may enter a code of theirs.
 * @attr success-url - Where the buyer lands after paying; default this page.
 * @attr cancel-url - Where the buyer lands after turning back; default this page.
 * @slot - Shown until the prices are there.
 * @slot heading - In place of the heading's words.
 * @slot terms - Terms of sale, withdrawal, tax: shown beneath the packs.
 * @fires credit-checkout - A checkout is open; cancel it to go there in a way of your own.
 * @fires credit-error - A checkout could not be opened. A code that is refused is no error.
 * @csspart dialog @csspart heading @csspart packs @csspart pack @csspart pack__label
 * @csspart pack__badge @csspart pack__credits @csspart pack__price @csspart pack__unit-price
 * @csspart pack__saving @csspart pack__buys @csspart pack__tax @csspart pack__list-price
 * @csspart pack__refusal @csspart promotion @csspart promotion__ask @csspart promotion__input
 * @csspart promotion__apply @csspart promotion__note @csspart promotion__remove @csspart buy
 * @csspart error @csspart terms @csspart close
 * @cssproperty --credit-accent @cssproperty --credit-on-accent @cssproperty --credit-surface
 * @cssproperty --credit-text @cssproperty --credit-muted @cssproperty --credit-border
 * @cssproperty --credit-radius @cssproperty --credit-gap @cssproperty --credit-danger
 * @cssproperty --credit-good @cssproperty --credit-warn @cssproperty --credit-focus
 * @cssproperty --credit-font
 * @cssstate loading @cssstate opening @cssstate error @cssstate promoted
 */
export class CreditPacks extends CreditElement {
  static readonly observedAttributes: readonly string[] = [
    "variant",
    "open",
    "promotion",
    "promotion-field",
  ];

  readonly #title = h("h2", { id: "title", part: "heading", tabindex: "-1" });
  readonly #intro = h("p", { class: "intro" });
  readonly #close = h("button", { type: "button", class: "close", part: "close" });
  readonly #list = h("ul", { class: "packs", part: "packs", role: "list" });
  readonly #before = h("div", { class: "before" });
  readonly #beforeText = h("span");
  readonly #error = h("p", { class: "error", part: "error", role: "alert", hidden: "" });
  readonly #terms = h("div", { class: "terms", part: "terms" });
  readonly #content = h("div", { class: "content" });
  #dialog: HTMLDialogElement | undefined;
  readonly #promotion = new Promotion(() => this.update());
  readonly #field = new PromotionField(this.#promotion);
  #shown:
    | { offers: readonly PackOffer[]; promoted: Promoted | undefined; words: Words }
    | undefined;
  #opening: string | undefined;
  #failure: CreditError | undefined;
  #unlisten = new AbortController();

  /** Whether the dialog is open. */
  get open(): boolean {
    return this.hasAttribute("open");
  }
  set open(open: boolean) {
    this.toggleAttribute("open", open);
  }

  /** Opens the dialog. Without `variant="dialog"`, nothing happens: the packs are in the page. */
  show(): void {
    if (this.#isDialog()) this.open = true;
  }

  /** Closes the dialog; the focus returns to where it was. */
  close(): void {
    this.open = false;
  }

  override connectedCallback(): void {
    if (!this.shadowRoot) this.#promotion.apply(this.getAttribute("promotion") ?? "");
    super.connectedCallback();
    this.#unlisten = new AbortController();
    // Back from the checkout, a page from the back/forward cache still has its button pressed.
    const { signal } = this.#unlisten;
    addEventListener("pageshow", () => this.#finish(undefined), { signal });
    this.#syncOpen();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#unlisten.abort();
  }

  attributeChangedCallback(name: string): void {
    if (!this.shadowRoot) return;
    if (name === "variant") this.#wrap();
    if (name === "promotion") this.#promotion.apply(this.getAttribute(name) ?? "");
    if (name === "promotion-field") this.update();
    this.#syncOpen();
  }

  protected override build(): void {
    const root = this.attachShadow({ mode: "open" });
    adopt(root, TOKENS, PACKS_STYLES, PROMOTION_STYLES);
    const heading = h("slot", { name: "heading" });
    const terms = h("slot", { name: "terms" });
    const before = h("slot", {}, this.#beforeText);
    heading.append(this.#title, this.#intro);
    terms.addEventListener("slotchange", () =>
      this.#terms.toggleAttribute("data-filled", terms.assignedNodes().length > 0),
    );
    this.#close.append(icon(...CROSS));
    this.#close.addEventListener("click", () => this.close());
    this.#before.append(before);
    this.#terms.append(terms);
    this.#content.append(
      h("div", { class: "head" }, h("div", { class: "titles" }, heading), this.#close),
      this.#before,
      this.#list,
      this.#field.element,
      this.#error,
      this.#terms,
    );
    this.#wrap();
  }

  protected override render(): void {
    const { credits, words } = this;
    const packs = credits?.packs() ?? [];
    this.#promotion.follow(credits, packs);
    const waiting = packs.length === 0 || this.#awaitsTerms();
    mark(this.#dialog ?? this.#content, words);
    setText(this.#title, words("packsTitle"));
    setText(this.#intro, this.#introText(credits));
    setText(this.#beforeText, words(credits?.fault ? "errorFault" : "packsLoading"));
    this.#close.ariaLabel = words("close");
    this.#before.hidden = !waiting;
    this.#list.hidden = waiting;
    if (!waiting) this.#renderOffers(credits);
    const isOffered = this.hasAttribute("promotion-field");
    this.#field.render(words, isOffered && !waiting);
    this.#content.toggleAttribute("data-promotion", !this.#field.element.hidden);
    this.#renderOpening();
    this.setState("loading", waiting);
    this.setState("promoted", this.#promotion.applied !== undefined);
  }

  /** Prices that a code is about to lower are not shown before, unless it takes too long. */
  #awaitsTerms(): boolean {
    const { isChecking, isLate } = this.#promotion;
    return !this.#shown && isChecking && !isLate;
  }

  #introText(credits: Credits | undefined): string {
    const snapshot = credits?.getSnapshot();
    const intro = this.words("packsIntro");
    if (!this.#isDialog() || !snapshot || snapshot.epoch === "" || credits?.fault) return intro;
    return `${this.words("packsBalance", { n: snapshot.shown })} ${intro}`;
  }

  #renderOffers(credits: Credits | undefined): void {
    if (!credits) return;
    const { words } = this;
    const promoted = this.#promotion.applied;
    const before = this.#shown;
    const offers = reconcile(before?.offers, credits.packs(promoted?.quotes));
    const isSame = offers === before?.offers && promoted?.refused === before.promoted?.refused;
    this.#shown = { offers, promoted, words };
    if (isSame && words === before?.words) return;
    const smallest = [...offers].sort((a, b) => a.credits - b.credits)[0];
    const context = {
      words,
      locale: credits.locale,
      smallest,
      buys: (credit: number) => credits.buys(credit),
      refusal: (pack: string) => refusalOf(pack, promoted, words),
      buy: (pack: string) => void this.#buy(pack),
    };
    const focused = (this.shadowRoot?.activeElement as HTMLElement | null)?.dataset.pack;
    this.#list.replaceChildren(...offers.map((offer) => packCard(offer, context)));
    if (focused !== undefined) this.#buttonOf(focused)?.focus();
  }

  #buttonOf(pack: string): HTMLButtonElement | undefined {
    const buttons = this.#list.querySelectorAll<HTMLButtonElement>(".buy");
    return [...buttons].find(({ dataset }) => dataset.pack === pack);
  }

  /** While a checkout opens, no other can be asked for; the buttons stay focusable. */
  #renderOpening(): void {
    for (const button of this.#list.querySelectorAll<HTMLButtonElement>(".buy")) {
      const opening = button.dataset.pack === this.#opening;
      const label = opening ? this.words("opening") : (button.dataset.label ?? "");
      setText(button, label);
      button.toggleAttribute("data-opening", opening);
      button.ariaDisabled = this.#opening === undefined ? null : "true";
    }
    const failed = this.#failure;
    setText(this.#error, failed ? this.words(ERROR_WORDS[failed.code] ?? "errorOther") : "");
    this.#error.hidden = !failed;
    this.setState("opening", this.#opening !== undefined);
    this.setState("error", failed !== undefined);
  }

  async #buy(pack: string): Promise<void> {
    const { credits } = this;
    if (!credits || this.#opening !== undefined) return;
    this.#opening = pack;
    this.#failure = undefined;
    this.update();
    try {
      const successUrl = this.#address("success-url");
      const cancelUrl = this.#address("cancel-url");
      const quote = this.#shown?.promoted?.quotes.find((shown) => shown.pack === pack);
      const checkout = await credits.checkout(pack, { successUrl, cancelUrl, quote });
      if (!emit(this, "credit-checkout", checkout, true)) this.#finish(undefined);
      else this.#leaveFor(checkout.url);
    } catch (thrown) {
      const error = toCreditError(thrown);
      const isCode = error.code === "promotion_invalid";
      if (isCode) this.#promotion.refuse(error);
      this.#finish(isCode ? undefined : error);
      emit(this, "credit-error", error);
      if (error.code !== "price_changed") return;
      credits.refresh();
      this.#promotion.again();
    }
  }

  #leaveFor(url: string): void {
    location.assign(url);
    // A page that is still here by then could not leave: the buttons must work again.
    setTimeout(() => this.#finish(undefined), LEAVING_MS_MAX);
  }

  #finish(failure: CreditError | undefined): void {
    this.#opening = undefined;
    this.#failure = failure;
    this.update();
  }

  #address(attribute: string): string | undefined {
    const given = this.getAttribute(attribute);
    return given === null ? undefined : new URL(given, document.baseURI).href;
  }

  #isDialog(): boolean {
    return this.getAttribute("variant") === "dialog";
  }

  /** Puts the content where the variant wants it. */
  #wrap(): void {
    const root = this.shadowRoot;
    if (!root) return;
    this.#dialog?.remove();
    this.#dialog = this.#isDialog() ? this.#makeDialog() : undefined;
    this.#close.hidden = !this.#dialog;
    this.#dialog?.append(this.#content);
    root.append(this.#dialog ?? this.#content);
  }

  #makeDialog(): HTMLDialogElement {
    const dialog = h("dialog", { part: "dialog", "aria-labelledby": "title" });
    dialog.addEventListener("close", () => this.close());
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) this.close();
    });
    return dialog;
  }

  #syncOpen(): void {
    const dialog = this.#dialog;
    if (!dialog || !this.isConnected || dialog.open === this.open) return;
    if (!this.open) {
      dialog.close();
      return;
    }
    this.#promotion.again();
    this.update();
    dialog.showModal();
    // The first thing read is what this is about; a buy button must not have the focus unasked.
    this.#title.focus();
  }
}

function refusalOf(pack: string, promoted: Promoted | undefined, words: Words): string {
  const refused = promoted?.refused.find((known) => known.pack === pack);
  return refused ? refusalText(refused.reason, words) : "";
}

define("credit-packs", CreditPacks);

declare global {
  interface HTMLElementTagNameMap {
    "credit-packs": CreditPacks;
  }
}
