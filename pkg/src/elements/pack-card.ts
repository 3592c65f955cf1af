import type { PackOffer } from "../catalog.js";
import { formatPercent, type Words } from "../messages.js";
import { formatMoney } from "../money.js";
import { h } from "./dom.js";

/** What a card needs beside its pack. */
export interface CardContext {
  readonly words: Words;
  readonly locale: string;
  /** The pack that the saving is measured against: this catalog's own smallest. */
  readonly smallest: PackOffer | undefined;
  buy(pack: string): void;
}

/** One pack: what it is, what it costs in all and per credit, and the button that buys it. */
export function packCard(offer: PackOffer, context: CardContext): HTMLLIElement {
  const { words, locale } = context;
  const price = formatMoney(offer, locale);
  const badge = offer.badge ?? (offer.bestValue ? words("bestValue") : undefined);
  const card = h(
    "li",
    { class: "pack", part: "pack" },
    h(
      "div",
      { class: "top" },
      h("span", { class: "label", part: "pack__label" }, offer.label),
      ...(badge ? [h("span", { class: "badge", part: "pack__badge" }, badge)] : []),
    ),
    amount(offer, context),
    h("p", { class: "price", part: "pack__price" }, h("bdi", {}, price)),
    h("p", { class: "unit", part: "pack__unit-price" }, unitPrice(offer, context)),
    ...saving(offer, context),
    h("div", { class: "spacer" }),
    buyButton(offer, price, context),
  );
  card.toggleAttribute("data-best", offer.bestValue);
  return card;
}

function amount({ credits }: PackOffer, { words, locale }: CardContext): HTMLElement {
  const number = new Intl.NumberFormat(locale).format(credits);
  return h(
    "p",
    { class: "credits", part: "pack__credits" },
    number,
    h("small", {}, words("unit", { n: credits })),
  );
}

function unitPrice(offer: PackOffer, { words, locale }: CardContext): string {
  const price = formatMoney({ ...offer, amountMinor: offer.unitMinor }, locale);
  return words("perCredit", { price });
}

/** A saving is told with what it is measured against, or not at all. */
function saving(offer: PackOffer, { words, locale, smallest }: CardContext): HTMLElement[] {
  if (offer.savingPercent <= 0 || !smallest) return [];
  const percent = formatPercent(offer.savingPercent, locale);
  const text = words("saving", { percent, pack: smallest.label });
  return [h("p", { class: "saving", part: "pack__saving" }, text)];
}

function buyButton(offer: PackOffer, price: string, context: CardContext): HTMLButtonElement {
  const label = context.words("buy", { n: offer.credits, price });
  const button = h("button", { type: "button", class: "buy", part: "buy" }, label);
  button.dataset.pack = offer.id;
  button.dataset.label = label;
  button.addEventListener("click", () => context.buy(offer.id));
  return button;
}
