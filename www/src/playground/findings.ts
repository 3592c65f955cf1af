import type { Workbench } from "creditpack/workbench";
import type { Stretch } from "./places.ts";
import { type Reading, readCatalog } from "./toml.ts";

/** Something to be told about a catalog, and where it stands. */
export interface Finding {
  readonly severity: "error" | "warning" | "hint";
  /** The rule's stable name; `format` for what cannot be served at all. */
  readonly id: string;
  /** Where in the catalog; empty for what is wrong with the text. */
  readonly place: string;
  readonly reason: string;
  readonly remedy: string;
  readonly at: Stretch;
}

/** What a text says, and what is to be said about it. */
export interface Checked {
  /** The catalog, if it could be served. */
  readonly catalog: unknown;
  /** In the order of the text. */
  readonly findings: readonly Finding[];
}

/** The id of what cannot be served at all, as `creditpackd catalog check` has it. */
const FORMAT = "format";

/** Reads and checks a text: slips, or else problems, or else advice. */
export function check(text: string, workbench: Workbench): Checked {
  const reading = readCatalog(text);
  const broken = slips(reading) ?? problems(reading, workbench);
  const findings = broken ?? advice(reading, workbench);
  return {
    catalog: broken ? undefined : reading.catalog,
    findings: [...findings].sort((a, b) => a.at.from - b.at.from),
  };
}

function slips({ slips }: Reading): Finding[] | undefined {
  if (slips.length === 0) return undefined;
  return slips.map(({ message, from, to }) => ({
    severity: "error",
    id: FORMAT,
    place: "",
    reason: sentence(message),
    remedy: "",
    at: { from, to },
  }));
}

function problems(reading: Reading, workbench: Workbench): Finding[] | undefined {
  const found = workbench.problems(reading.catalog);
  if (found.length === 0) return undefined;
  return found.map(({ place, rule, remedy }) => ({
    severity: "error",
    id: FORMAT,
    place,
    reason: sentence(place === "" ? rule : `${place.split(".").at(-1)}: ${rule}`),
    remedy: sentence(remedy ?? ""),
    at: stretchOf(place, reading),
  }));
}

function advice(reading: Reading, workbench: Workbench): Finding[] {
  return workbench.advise(reading.catalog).map((one) => ({
    severity: one.severity,
    id: one.id,
    place: one.place,
    reason: one.reason,
    remedy: one.remedy,
    at: stretchOf(one.place, reading),
  }));
}

function stretchOf(place: string, { places }: Reading): Stretch {
  return places.find(place) ?? { from: 0, to: 0 };
}

/** "is missing" as "Is missing." */
function sentence(words: string): string {
  const text = words.charAt(0).toUpperCase() + words.slice(1);
  return text === "" || /[.!?]$/.test(text) ? text : `${text}.`;
}

const PLURAL = { error: "errors", warning: "warnings", hint: "hints" } as const;

/** "2 errors, 1 hint"; empty for none. */
export function counted(findings: readonly Finding[]): string {
  const severities = ["error", "warning", "hint"] as const;
  return severities
    .map(
      (severity) => [severity, findings.filter((it) => it.severity === severity).length] as const,
    )
    .filter(([, count]) => count > 0)
    .map(([severity, count]) => `${count} ${count === 1 ? severity : PLURAL[severity]}`)
    .join(", ");
}
