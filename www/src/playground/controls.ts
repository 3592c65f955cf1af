import type { Phase } from "creditpack";
import type { Situation } from "creditpack/workbench";

/** What the controls beside the widgets say. */
export interface Wishes {
  readonly locale: string;
  readonly currency: string;
  readonly account: string;
  readonly situation: Situation;
  readonly outcome: "captured" | "returned";
  readonly colours: "page" | "light" | "dark";
}

const LOCALES = ["en", "de", "fr", "es", "pt-BR", "pl", "ja", "ar", "he"];

const PHASES: Record<Phase, string> = {
  settled: "Connected, all confirmed",
  pending: "A spend on its way",
  unsaved: "A spend that cannot be stored",
  unknown: "A spend without an answer",
  stale: "The stream is silent",
  offline: "Offline",
  overcommitted: "Spent elsewhere meanwhile",
  loading: "Still loading",
};

/** The form beside the widgets. */
export class Controls {
  constructor(
    private readonly form: HTMLFormElement,
    changed: () => void,
  ) {
    const names = new Intl.DisplayNames("en", { type: "language" });
    this.#fill(
      "locale",
      LOCALES.map((locale) => new Option(nameOf(locale, names), locale)),
    );
    this.#fill(
      "phase",
      Object.entries(PHASES).map(([phase, name]) => new Option(name, phase)),
    );
    form.addEventListener("input", changed);
    form.addEventListener("submit", (event) => event.preventDefault());
  }

  /** Offers those currencies; the chosen one stays if it is among them. */
  offer(currencies: readonly string[]): void {
    const chosen = this.#text("currency");
    this.#fill(
      "currency",
      currencies.map((code) => new Option(code.toUpperCase(), code)),
    );
    if (currencies.includes(chosen)) this.#select("currency").value = chosen;
  }

  wishes(): Wishes {
    return {
      locale: this.#text("locale"),
      currency: this.#text("currency"),
      account: this.#text("account"),
      situation: {
        settled: this.#whole("settled"),
        held: this.#whole("held"),
        incoming: this.#whole("incoming"),
        phase: this.#text("phase") as Phase,
      },
      outcome: this.#text("outcome") as Wishes["outcome"],
      colours: this.#text("colours") as Wishes["colours"],
    };
  }

  #text(name: string): string {
    const value = new FormData(this.form).get(name);
    return typeof value === "string" ? value : "";
  }

  /** Within the field's own bounds; 0 while it is empty. */
  #whole(name: string): number {
    const field = this.form.elements.namedItem(name) as HTMLInputElement;
    const number = Math.trunc(field.valueAsNumber) || 0;
    return Math.min(Math.max(number, Number(field.min)), Number(field.max));
  }

  #fill(name: string, options: HTMLOptionElement[]): void {
    this.#select(name).replaceChildren(...options);
  }

  #select(name: string): HTMLSelectElement {
    return this.form.elements.namedItem(name) as HTMLSelectElement;
  }
}

function nameOf(locale: string, english: Intl.DisplayNames): string {
  const own = new Intl.DisplayNames(locale, { type: "language" }).of(locale) ?? locale;
  const name = english.of(locale) ?? locale;
  return own === name ? own : `${own} (${name})`;
}
