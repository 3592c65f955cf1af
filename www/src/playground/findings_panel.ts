import { make, say } from "../element.ts";
import { counted, type Finding } from "./findings.ts";

interface Parts {
  readonly list: HTMLElement;
  readonly verdict: HTMLElement;
  /** Shown where there is nothing to say. */
  readonly well: HTMLElement;
}

const SEVERITY = { error: "Error", warning: "Warning", hint: "Hint" } as const;

/** Lists what is to be said about the text; a press on one goes to its line. */
export class FindingsPanel {
  #shown = "";

  constructor(
    private readonly parts: Parts,
    private readonly lineOf: (offset: number) => number,
    private readonly goTo: (finding: Finding) => void,
  ) {}

  show(findings: readonly Finding[]): void {
    const { list, verdict, well } = this.parts;
    say(verdict, verdictOf(findings));
    verdict.dataset.severity = findings.length === 0 ? "none" : worst(findings);
    list.hidden = findings.length === 0;
    well.hidden = findings.length > 0;
    // A list that stays the same stays in place, so that the focus in it does.
    const items = findings.map((finding) => ({ finding, line: this.lineOf(finding.at.from) }));
    const shown = JSON.stringify(items);
    if (shown === this.#shown) return;
    this.#shown = shown;
    list.replaceChildren(...items.map(({ finding, line }) => this.#item(finding, line)));
  }

  #item(finding: Finding, line: number): HTMLElement {
    const { severity, id, place, reason, remedy } = finding;
    const go = make(
      "button",
      "finding-go",
      make("span", "hidden-text", "Go to "),
      `line ${line}`,
      ...(place ? [" ", make("code", "", place)] : []),
    );
    go.type = "button";
    go.addEventListener("click", () => this.goTo(finding));
    const head = make(
      "p",
      "finding-head",
      make("span", "finding-severity", SEVERITY[severity]),
      make("code", "finding-id", id),
    );
    const item = make("li", "finding", head, make("p", "finding-reason", reason));
    if (remedy) item.append(make("p", "finding-remedy", remedy));
    item.append(go);
    item.dataset.severity = severity;
    return item;
  }
}

function verdictOf(findings: readonly Finding[]): string {
  if (findings.length === 0) return "Good to sell";
  const told = counted(findings);
  return findings.some(({ id }) => id === "format") ? `Cannot be served: ${told}` : told;
}

function worst(findings: readonly Finding[]): Finding["severity"] {
  const has = (severity: Finding["severity"]) => findings.some((it) => it.severity === severity);
  return has("error") ? "error" : has("warning") ? "warning" : "hint";
}
