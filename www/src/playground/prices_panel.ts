import { formatMoney, type Quote } from "creditpack";
import type { PublicCatalog } from "creditpack/workbench";
import { make } from "../element.ts";
import { credits } from "../words.ts";
import { plain, type Shop } from "./shop.ts";

const NAMES = new Intl.DisplayNames("en", { type: "currency" });
const PLURALS = new Intl.PluralRules("en");
const COLUMNS = ["Pack", "Credits", "Price", "Per credit", "Saves", "Buys"];

/** One table for each currency, as the rulebook prices the packs. */
export function showPrices(host: HTMLElement, shop: Shop): void {
  host.replaceChildren(...shop.currencies.map((currency) => priceTable(shop, currency)));
}

function priceTable(shop: Shop, currency: string): HTMLElement {
  const catalog = shop.publicIn(currency);
  const from = shop.workbench.fromPrice(catalog);
  const name = NAMES.of(currency.toUpperCase()) ?? currency;
  const caption = make("caption", "", make("span", "currency", name));
  caption.append(from ? `from ${formatMoney(from, "en")}` : "nothing on sale");
  const head = make("tr", "", ...COLUMNS.map((column) => columnHead(column)));
  const rows = shop.workbench.priceTable(catalog).map((quote) => row(shop, catalog, quote));
  const table = make("table", "", caption, make("thead", "", head), make("tbody", "", ...rows));
  const scroller = make("div", "table-scroll", table);
  scroller.tabIndex = 0;
  scroller.setAttribute("role", "region");
  scroller.setAttribute("aria-label", `Prices in ${name}`);
  return scroller;
}

function columnHead(name: string): HTMLElement {
  const cell = make("th", "", name);
  cell.scope = "col";
  return cell;
}

function row(shop: Shop, catalog: PublicCatalog, quote: Quote): HTMLElement {
  const { amountMinor, unitMinor, currency, digits, savingPercent, bestValue } = quote;
  const pack = catalog.packs.find(({ id }) => id === quote.pack);
  const name = make("th", "", plain(pack?.label));
  name.scope = "row";
  if (bestValue) name.append(" ", make("span", "best", "best value"));
  const money = (amount: number) => formatMoney({ amountMinor: amount, currency, digits }, "en");
  const cells = [
    String(quote.credits),
    money(amountMinor),
    money(unitMinor),
    savingPercent > 0 ? `${savingPercent}%` : "–",
    bought(shop, catalog, quote.credits),
  ];
  return make("tr", "", name, ...cells.map((text) => make("td", "", text)));
}

/** "15 drafts or 3 campaigns", with what would be left over. */
function bought(shop: Shop, catalog: PublicCatalog, total: number): string {
  const ways = shop.workbench.buys(catalog, total).filter(({ times }) => times > 0);
  if (ways.length === 0) return "nothing";
  const told = ways.map(({ operation, times, leftOver }) => {
    const way = timesOf(catalog, operation, times);
    return leftOver > 0 ? `${way} (${credits(leftOver)} left)` : way;
  });
  return told.join(" or ");
}

function timesOf(catalog: PublicCatalog, id: string, times: number): string {
  const operation = catalog.operations.find((known) => known.id === id);
  const counted = operation?.counted?.en;
  const words = counted?.[PLURALS.select(times)] ?? counted?.other;
  return words?.replaceAll("{n}", String(times)) ?? `${times} × ${plain(operation?.label)}`;
}
