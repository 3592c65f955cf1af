import { isCreditError } from "creditpack";
import { CreditProvider } from "creditpack/elements";
import { openWorkbench, type Workbench } from "creditpack/workbench";
import { byId, say } from "../element.ts";
import type { Notices } from "../notices.ts";
import { bindTheme } from "../theme.ts";
import { Controls } from "./controls.ts";
import { Draft } from "./draft.ts";
import { type Editor, openEditor } from "./editor.ts";
import { exampleOf, examples } from "./examples.ts";
import { check } from "./findings.ts";
import { FindingsPanel } from "./findings_panel.ts";
import { showPrices } from "./prices_panel.ts";
import { PromotionPanel } from "./promotion_panel.ts";
import { Shop } from "./shop.ts";
import { Stage } from "./stage.ts";

/** Long enough to finish a word, short enough to feel at once. */
const DEBOUNCE_MS = 120;

/** Puts the page to work. */
export async function playground(notices: Notices): Promise<void> {
  bindTheme(byId("theme", HTMLFieldSetElement));
  const workbench = await openWorkbench();
  const draft = new Draft(localStorage);
  const counter = new Counter(workbench, draft);
  let timer = 0;
  const editor: Editor = openEditor(byId("editor", HTMLElement), draft.text, () => {
    clearTimeout(timer);
    timer = window.setTimeout(update, DEBOUNCE_MS);
  });
  const findings = bindFindings(editor);
  const reset = byId("reset", HTMLButtonElement);

  function update(): void {
    draft.write(editor.text());
    reset.hidden = !draft.isChanged;
    const checked = check(draft.text, workbench);
    editor.mark(checked.findings);
    findings.show(checked.findings);
    counter.sell(checked.catalog);
  }

  const example = byId("example", HTMLSelectElement);
  example.append(...examples().map(({ id, name }) => new Option(name, id)));
  example.value = draft.example.id;
  const begin = () => {
    draft.begin(exampleOf(example.value));
    editor.write(draft.text);
    update();
  };
  example.addEventListener("change", begin);
  reset.addEventListener("click", () => {
    begin();
    example.focus();
  });
  addEventListener("credit-error", ({ detail }) =>
    notices.show({ text: detail.message, tone: "info", passing: true }),
  );
  update();
}

function bindFindings(editor: Editor): FindingsPanel {
  const parts = {
    list: byId("findings", HTMLElement),
    verdict: byId("verdict", HTMLElement),
    well: byId("well", HTMLElement),
  };
  return new FindingsPanel(parts, editor.lineOf, ({ at }) => editor.show(at));
}

/** All that shows what is sold: the last catalog that could be served. */
class Counter {
  readonly #stage = new Stage(
    byId("stage", HTMLElement),
    byId("provider", CreditProvider),
    byId("doings", HTMLElement),
  );
  readonly #controls = new Controls(byId("controls", HTMLFormElement), () => this.#show());
  readonly #promotion = new PromotionPanel(
    byId("promotion", HTMLFormElement),
    byId("codes", HTMLElement),
    byId("deal", HTMLElement),
  );
  readonly #stale = byId("stale", HTMLElement);
  readonly #variants = byId("variants", HTMLElement);
  #sold: unknown;

  constructor(
    private readonly workbench: Workbench,
    draft: Draft,
  ) {
    // A text that an earlier visit left broken has nothing to show: what it began with has.
    this.#sold = check(draft.example.text, workbench).catalog;
  }

  /** Shows `catalog` from now on; without one, what was shown before, and says so. */
  sell(catalog: unknown): void {
    this.#stale.hidden = catalog !== undefined;
    this.#sold = catalog ?? this.#sold;
    this.#show();
  }

  #show(): void {
    const { account } = this.#controls.wishes();
    const shop = this.#shopFor(account);
    if (!shop) return;
    this.#controls.offer(shop.currencies);
    const wishes = this.#controls.wishes();
    this.#stage.show(shop, wishes);
    showPrices(byId("prices", HTMLElement), shop);
    this.#promotion.show(shop, wishes.currency);
  }

  #shopFor(account: string): Shop | undefined {
    try {
      const shop = new Shop(this.workbench, this.#sold, account);
      say(this.#variants, variantsOf(shop));
      return shop;
    } catch (error) {
      if (!isCreditError(error)) throw error;
      say(this.#variants, `This account cannot be: ${error.message}.`);
      return undefined;
    }
  }
}

function variantsOf({ assignments, catalog }: Shop): string {
  const told = assignments.map(({ experiment, variant }) => `${experiment}: ${variant}`);
  if (told.length > 0) return `Variants of this account: ${told.join(", ")}.`;
  const running = (catalog.experiments ?? []).some(({ active }) => active !== false);
  if (running) return "An experiment runs: name an account, and see the variant it is in.";
  return "No experiment runs: every account sees the same packs and prices.";
}
