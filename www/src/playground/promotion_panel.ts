import { formatMoney } from "creditpack";
import type { Deal, RefusedDeal } from "creditpack/workbench";
import { make, say } from "../element.ts";
import { credits } from "../words.ts";
import { plain, type Shop } from "./shop.ts";

const REFUSALS: Record<RefusedDeal["refusal"], string> = {
  unknown: "Refused: no promotion in use has that code.",
  not_started: "Refused: it is not good yet.",
  ended: "Refused: it is no longer good.",
  pack_too_small: "Refused: it is for larger packs.",
  other_currency: "Refused: it is not good in this currency.",
  not_first_purchase: "Refused: it is for first purchases only.",
  used_by_account: "Refused: this account has taken it as often as it may.",
  used_up: "Refused: it was taken as often as it may be.",
  price_too_low: "Refused: it would leave less than the payment provider charges.",
};

/** Tries out what a code does to a purchase, at a moment, for an account with a past. */
export class PromotionPanel {
  #shop: Shop | undefined;
  #currency = "";

  constructor(
    private readonly form: HTMLFormElement,
    private readonly codes: HTMLElement,
    private readonly told: HTMLElement,
  ) {
    form.addEventListener("input", () => this.#try());
    form.addEventListener("submit", (event) => event.preventDefault());
  }

  show(shop: Shop, currency: string): void {
    [this.#shop, this.#currency] = [shop, currency];
    const known = shop.catalog.promotions ?? [];
    this.codes.replaceChildren(...known.map(({ code }) => new Option(code, code)));
    this.#control("code").setAttribute("placeholder", known[0]?.code ?? "none in this catalog");
    const packs = shop.publicIn(currency).packs;
    const pack = this.#control("pack") as HTMLSelectElement;
    const chosen = pack.value;
    pack.replaceChildren(...packs.map(({ id, label }) => new Option(plain(label), id)));
    if (packs.some(({ id }) => id === chosen)) pack.value = chosen;
    this.#try();
  }

  #try(): void {
    const code = this.#value("code").trim();
    const pack = this.#value("pack");
    if (!this.#shop || !pack || !code) {
      this.#tell(undefined, code && "No pack is on sale.");
      return;
    }
    const redeemed = {
      total: whole(this.#value("total")),
      byAccount: whole(this.#value("byAccount")),
      hasBought: (this.#control("hasBought") as HTMLInputElement).checked,
    };
    const when = Date.parse(this.#value("when"));
    const { workbench, catalog, assignments } = this.#shop;
    const { currency } = this.#shop.publicIn(this.#currency);
    const asked = { pack, currency, promotion: code };
    const nowMs = Number.isNaN(when) ? Date.now() : when;
    this.#tell(workbench.deal(catalog, asked, redeemed, nowMs, assignments), "");
  }

  #tell(deal: Deal | RefusedDeal | undefined, words: string): void {
    const refused = deal && "refusal" in deal;
    this.told.dataset.tone = deal === undefined ? "none" : refused ? "refused" : "agreed";
    if (!deal || refused) {
      say(this.told, refused ? REFUSALS[deal.refusal] : words || EMPTY);
      return;
    }
    const price = formatMoney(deal.price, "en");
    const list = formatMoney(deal.listPrice, "en");
    const before = list === price ? [] : [make("s", "", list), " "];
    this.told.replaceChildren(
      ...before,
      make("strong", "", price),
      ` for ${credits(deal.credits)}`,
    );
  }

  #value(name: string): string {
    return this.#control(name).value;
  }

  #control(name: string): HTMLInputElement | HTMLSelectElement {
    const control = this.form.elements.namedItem(name);
    if (control instanceof HTMLInputElement || control instanceof HTMLSelectElement) return control;
    throw new Error(`the form has no ${name}`);
  }
}

const EMPTY = "Type a code to see what it does. Browsers never get the list of codes.";

function whole(text: string): number {
  return Math.max(Math.trunc(Number(text)) || 0, 0);
}
