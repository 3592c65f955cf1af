import type { Happening, Snapshot } from "../snapshot.js";
import { BALANCE_STYLES } from "./balance-styles.js";
import { CreditElement } from "./base.js";
import { adopt, define, h, icon, mark, setText } from "./dom.js";
import { emit } from "./events.js";
import { inUse, noteFor, widestNotes } from "./note.js";
import { CreditPacks } from "./packs.js";
import { TOKENS } from "./tokens.js";

/** How long the pill tells what happened just now. */
const NEWS_MS = 6000;
const COIN = [
  "M12 3.2a8.8 8.8 0 1 0 0 17.6a8.8 8.8 0 1 0 0-17.6z",
  "M14.6 9.2a3.7 3.7 0 1 0 0 5.6",
] as const;
const PLUS = ["M12 5v14", "M5 12h14"] as const;

/**
 * `<credit-balance>`: a pill with the number of credits that can be spent, and, beneath it, what is
 * going on: in use, being added, not charged. Pressed, it offers the packs. Its width stays while
 * its words change.
 *
 * @slot - Shown until the numbers are there, such as a server-rendered balance.
 * @slot icon - In place of the coin.
 * @fires credit-buy - Pressed; cancel it to offer packs in a way of your own.
 * @csspart base @csspart icon @csspart value @csspart unit @csspart note @csspart action
 * @cssproperty --credit-accent @cssproperty --credit-on-accent @cssproperty --credit-surface
 * @cssproperty --credit-text @cssproperty --credit-muted @cssproperty --credit-border
 * @cssproperty --credit-coin @cssproperty --credit-focus @cssproperty --credit-font
 * @cssstate loading @cssstate pending @cssstate low @cssstate empty @cssstate offline
 * @cssstate stale @cssstate error
 */
export class CreditBalance extends CreditElement {
  readonly #value = h("span", { class: "value", part: "value" });
  readonly #unit = h("span", { class: "unit", part: "unit" });
  readonly #amount = h("span", { class: "amount" }, this.#value, this.#unit);
  readonly #note = h("span", { class: "text", part: "note" });
  readonly #places = h("span", { class: "place", "aria-hidden": "true" });
  readonly #before: HTMLElement = h("span", { class: "before" }, h("slot"));
  readonly #button = h("button", { type: "button", class: "pill", part: "base" });
  #ownPacks: CreditPacks | undefined;
  #heard: number | undefined;
  #recent: Happening | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  override focus(options?: FocusOptions): void {
    this.#button.focus(options);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
    this.#recent = undefined;
    this.#heard = undefined;
  }

  protected override build(): void {
    const root = this.attachShadow({ mode: "open" });
    adopt(root, TOKENS, BALANCE_STYLES);
    this.#button.append(
      h("span", { class: "coin", part: "icon" }, h("slot", { name: "icon" }, icon(...COIN))),
      h(
        "span",
        { class: "lines" },
        this.#before,
        this.#amount,
        h("span", { class: "note" }, this.#note, this.#places),
      ),
      h("span", { class: "plus", part: "action" }, icon(...PLUS)),
    );
    this.#button.addEventListener("click", () => this.#buy());
    root.append(this.#button);
  }

  protected override render(): void {
    const { credits, words } = this;
    const snapshot = credits?.getSnapshot();
    const isBroken = credits?.fault !== undefined && credits.fault.code !== "closed";
    const isKnown = snapshot !== undefined && snapshot.epoch !== "" && !isBroken;
    mark(this.#button, words);
    this.#before.hidden = isKnown;
    this.#amount.hidden = !isKnown;
    this.#note.hidden = !isKnown && !isBroken;
    this.#keepPlace();
    this.#renderStates(snapshot, isBroken);
    // A dialog of our own shows what we show, also when that changes while it is open.
    this.#ownPacks?.lend(credits, this.messages);
    if (isBroken) this.#renderFault();
    if (!isKnown) {
      if (!isBroken) this.#button.removeAttribute("aria-label");
      return;
    }
    this.#listen(snapshot);
    const note = noteFor(snapshot, this.#recent, words);
    setText(this.#value, new Intl.NumberFormat(credits?.locale).format(snapshot.shown));
    setText(this.#unit, words("unit", { n: snapshot.shown }));
    setText(this.#note, note.text);
    this.#note.dataset.tone = note.tone;
    this.#button.ariaLabel = this.#name(snapshot);
  }

  /** No number of a client that cannot work: it would look like one that is true. */
  #renderFault(): void {
    setText(this.#note, this.words("noteFault"));
    this.#note.dataset.tone = "bad";
    this.#button.ariaLabel = this.words("errorFault");
  }

  /** All notes below one another at no height: as wide as the widest. */
  #keepPlace(): void {
    const text = widestNotes(this.words).join("\n");
    if (this.#places.textContent === text) return;
    const lines = text.split("\n").map((line) => h("span", { class: "line" }, line));
    this.#places.replaceChildren(...lines);
  }

  #name(snapshot: Snapshot): string {
    const used = inUse(snapshot);
    const parts = [this.words("available", { n: snapshot.shown })];
    if (used > 0) parts.push(this.words("inUse", { n: used }));
    if (snapshot.incoming > 0) parts.push(this.words("incoming", { n: snapshot.incoming }));
    const state = parts.join(this.words("comma"));
    return this.words("pillName", { state, action: this.words("buyCredits") });
  }

  #renderStates(snapshot: Snapshot | undefined, fault: boolean): void {
    const phase = snapshot?.phase ?? "loading";
    const level = snapshot?.level ?? "ok";
    this.#button.dataset.phase = phase;
    this.#button.dataset.level = level;
    const busy = !fault && snapshot !== undefined && inUse(snapshot) + snapshot.incoming > 0;
    this.#button.toggleAttribute("data-busy", busy);
    this.setState("loading", phase === "loading");
    this.setState("pending", ["pending", "unsaved", "unknown"].includes(phase));
    this.setState("stale", phase === "stale");
    this.setState("offline", phase === "offline");
    this.setState("low", level === "low");
    this.setState("empty", level === "empty");
    this.setState("error", fault || phase === "overcommitted");
  }

  /** Keeps what happened while this element was looking; what came before it is no news. */
  #listen({ happened }: Snapshot): void {
    const serial = happened?.serial ?? 0;
    if (this.#heard !== undefined && serial !== this.#heard) {
      this.#recent = happened;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => {
        this.#recent = undefined;
        this.update();
      }, NEWS_MS);
    }
    this.#heard = serial;
  }

  #buy(): void {
    const snapshot = this.credits?.getSnapshot();
    if (snapshot && emit(this, "credit-buy", snapshot, true)) this.#packs().show();
  }

  /** The page's own dialog of packs for this client, or else one made here. */
  #packs(): CreditPacks {
    const onPage = document.querySelectorAll<CreditPacks>('credit-packs[variant="dialog"]');
    const shared = [...onPage].find((packs) => packs.credits === this.credits);
    if (shared) return shared;
    if (!this.#ownPacks) {
      this.#ownPacks = new CreditPacks();
      this.#ownPacks.setAttribute("variant", "dialog");
      this.shadowRoot?.append(this.#ownPacks);
    }
    this.#ownPacks.lend(this.credits, this.messages);
    return this.#ownPacks;
  }
}

define("credit-balance", CreditBalance);

declare global {
  interface HTMLElementTagNameMap {
    "credit-balance": CreditBalance;
  }
}
