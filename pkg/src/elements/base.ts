import type { Credits } from "../client.js";
import { loadLanguage, watchLanguages } from "../languages.js";
import { pageLocale } from "../locale.js";
import { createWords, type Messages, type Words } from "../messages.js";
import { announce } from "./announcer.js";
import { findSource, watchSources } from "./context.js";
import { ElementBase, toggleState, upgradeProperty } from "./dom.js";
import { report } from "./reporter.js";

/**
 * What the displays share: they take their client from the provider around them, or from their own
 * `credits` property, and render whenever it changes.
 */
export abstract class CreditElement extends ElementBase {
  readonly #internals = this.attachInternals?.();
  #ownCredits: Credits | undefined;
  #ownMessages: Partial<Messages> | undefined;
  #lent: { credits: Credits | undefined; messages: Partial<Messages> | undefined } | undefined;
  #bound: Credits | undefined;
  #words: Words | undefined;
  /** The language whose words are there, or are known not to come. */
  #spoken: string | undefined;
  #unbind = () => {};
  #unwatch = () => {};

  /** The client to show; without one of its own, the provider's. */
  get credits(): Credits | undefined {
    return this.#ownCredits ?? (this.#lent ?? findSource(this))?.credits;
  }
  set credits(credits: Credits | undefined) {
    this.#ownCredits = credits;
    if (this.isConnected) this.#rebind();
  }

  /** Words to use in place of the built-in ones; without its own, the provider's. */
  get messages(): Partial<Messages> | undefined {
    return this.#ownMessages ?? (this.#lent ?? findSource(this))?.messages;
  }
  set messages(messages: Partial<Messages> | undefined) {
    this.#ownMessages = messages;
    if (this.isConnected) this.#rebind();
  }

  /** Shows another element's client as a part of it: that one reports, this one does not. */
  lend(credits: Credits | undefined, messages: Partial<Messages> | undefined): void {
    const lent = this.#lent;
    if (lent && lent.credits === credits && lent.messages === messages) return;
    this.#lent = { credits, messages };
    if (this.isConnected) this.#rebind();
  }

  /** Words in the client's language; the page's as long as there is no client. */
  protected get words(): Words {
    this.#words ??= createWords(this.#locale(), this.messages);
    return this.#words;
  }

  connectedCallback(): void {
    upgradeProperty<CreditElement>(this, "credits");
    upgradeProperty<CreditElement>(this, "messages");
    if (!this.shadowRoot) this.build();
    const stops = [watchSources(() => this.#rebind()), watchLanguages(() => this.#rebind())];
    this.#unwatch = () => {
      for (const stop of stops) stop();
    };
    this.#rebind();
  }

  disconnectedCallback(): void {
    this.#unwatch();
    this.#unbind();
    this.#unbind = () => {};
    this.#bound = undefined;
  }

  /** Attaches and fills the shadow root, once. */
  protected abstract build(): void;

  /** Brings the shadow tree up to date; often called, so it changes only what differs. */
  protected abstract render(): void;

  /** Renders, once the words of the client's language are there: nothing is shown in another. */
  protected update(): void {
    if (this.#spoken === this.#locale()) this.render();
  }

  /** `:state(name)` for the page's CSS. */
  protected setState(name: string, on: boolean): void {
    toggleState(this.#internals, name, on);
  }

  #rebind(): void {
    this.#words = undefined;
    const { credits } = this;
    if (credits !== this.#bound) {
      this.#unbind();
      this.#bound = credits;
      this.#unbind = credits ? this.#bind(credits) : () => {};
    }
    this.#speak();
  }

  #locale(): string {
    return this.credits?.locale ?? pageLocale();
  }

  #speak(): void {
    const locale = this.#locale();
    const loading = loadLanguage(locale);
    if (!loading || this.#spoken === locale) {
      this.#spoken = locale;
      this.update();
      return;
    }
    void loading.then(() => {
      this.#spoken = locale;
      this.#words = undefined;
      if (this.isConnected) this.update();
    });
  }

  #bind(credits: Credits): () => void {
    const stops = [
      credits.subscribe(() => this.update()),
      announce(credits, () => this.words),
      // A provider reports for all inside it; with a client of its own, an element does.
      this.#ownCredits ? report(this, credits) : () => {},
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }
}
