import type { BoughtOffer, PackOffer } from "../catalog.js";
import { cleanLocale } from "../locale.js";
import { formatPercent, type Words } from "../messages.js";
import { formatMoney } from "../money.js";
import { h } from "./dom.js";

/** More would be a list to study; the pack is what is chosen here. */
const BOUGHT_MAX = 3;

/** What a card needs beside its pack. */
export interface CardContext {
  readonly words: Words;
  readonly locale: string;
  /** The pack that the saving is measured against: this catalog's own smallest. */
  readonly smallest: PackOffer | undefined;
  /** What a number of credits buys, in the order of the catalog. */
  buys(credits: number): readonly BoughtOffer[];
  /** Why a promotion that others are sold with is not good for this pack; empty if it is. */
  refusal(pack: string): string;
  buy(pack: string): void;
}

/** One pack: what it is, what it costs in all and per credit, and the button that buys it. */
export function packCard(offer: PackOffer, context: CardContext): HTMLLIElement {
  const { words, locale } = context;
  const paid = formatMoney(offer, locale);
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
    ...bought(offer, context),
    price(offer, paid, context),
    ...tax(offer, context),
    h("p", { class: "unit", part: "pack__unit-price" }, unitPrice(offer, context)),
    ...saving(offer, context),
    h("p", { class: "refusal", part: "pack__refusal" }, context.refusal(offer.id)),
    buyButton(offer, paid, context),
  );
  card.toggleAttribute("data-best", offer.bestValue);
  return card;
}

function amount(offer: PackOffer, { words, locale }: CardContext): HTMLElement {
  const { credits, bonusCredits: bonus } = offer;
  const number = bonus
    ? words("withBonus", { n: credits - bonus, bonus })
    : new Intl.NumberFormat(cleanLocale(locale)).format(credits);
  return h(
    "p",
    { class: "credits", part: "pack__credits" },
    number,
    h("small", {}, ` ${words("unit", { n: credits })}`),
  );
}

/** What the pack is good for, such as "15 pictures or 3 films". */
function bought({ credits }: PackOffer, { buys, words }: CardContext): HTMLElement[] {
  const texts = buys(credits)
    .filter(({ times }) => times > 0)
    .slice(0, BOUGHT_MAX)
    .map(({ text }) => text);
  if (texts.length === 0) return [];
  const parts = new Intl.ListFormat(words.lang, { type: "disjunction" }).formatToParts(texts);
  // A catalog's words may run in another direction than the line.
  const line = parts.map(({ type, value }) => (type === "element" ? h("bdi", {}, value) : value));
  return [h("p", { class: "bought", part: "pack__buys" }, ...line)];
}

/** What it costs, and, with a promotion, what it would cost without. */
function price(offer: PackOffer, paid: string, { words, locale }: CardContext): HTMLElement {
  const line = h("p", { class: "price", part: "pack__price" }, h("bdi", {}, paid));
  if (offer.listAmountMinor === undefined) return line;
  const list = formatMoney({ ...offer, amountMinor: offer.listAmountMinor }, locale);
  line.append(
    h("span", { class: "aside" }, ` ${words("insteadOf", { price: list })}`),
    h("s", { part: "pack__list-price", "aria-hidden": "true" }, h("bdi", {}, list)),
  );
  return line;
}

function tax({ tax }: PackOffer, { words }: CardContext): HTMLElement[] {
  if (!tax) return [];
  const text = words(tax === "inclusive" ? "taxInclusive" : "taxExclusive");
  return [h("p", { class: "tax", part: "pack__tax" }, text)];
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
