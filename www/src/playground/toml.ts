import { type AST, ParseError, parseTOML } from "toml-eslint-parser";
import { Places, type Step, type Stretch } from "./places.ts";

/** Something that keeps a text from being read, and where. */
export interface Slip extends Stretch {
  readonly message: string;
}

/** A text as far as it could be read. */
export interface Reading {
  /** The `[catalog]`, in its own names; undefined if there are slips. */
  readonly catalog: unknown;
  readonly places: Places;
  readonly slips: readonly Slip[];
}

/** Reads the `[catalog]` of a `creditpack.toml`; its other tables are somebody else's business. */
export function readCatalog(text: string): Reading {
  const reader = new Reader();
  try {
    const [root] = parseTOML(text, { tomlVersion: "1.0" }).body;
    for (const node of root.body) reader.read(node);
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    return { catalog: undefined, places: new Places(), slips: [slipOf(error, text)] };
  }
  return reader.reading();
}

function slipOf({ message, index }: ParseError, text: string): Slip {
  if (isMetTooLate(message, index, text)) {
    const to = text.slice(0, index).trimEnd().length;
    return { from: text.lastIndexOf("\n", to - 1) + 1, to, message: "This line is not complete" };
  }
  const end = text.indexOf("\n", index);
  return { from: Math.min(index, text.length), to: end < 0 ? text.length : end, message };
}

/** A line that breaks off is noticed where the next one begins, which is good itself. */
function isMetTooLate(message: string, index: number, text: string): boolean {
  const begins = /\n\s*$/.test(text.slice(0, index));
  const good = index >= text.length || /[\w"'[\s]/.test(text.charAt(index));
  return begins && good && /^(Expected|Unexpected|Unterminated|No newlines)/.test(message);
}

/** A table or a list that is being filled. */
type Container = Record<Step, unknown>;

/** A table of a text by anybody: with nothing in it that the text does not say. */
const table = (): Container => Object.create(null);

class Reader {
  readonly #root = table();
  readonly #noted: { path: readonly Step[]; stretch: Stretch }[] = [];
  readonly #slips: Slip[] = [];

  read(node: AST.TOMLTable | AST.TOMLKeyValue): void {
    if (node.type === "TOMLKeyValue") {
      this.#keyValue(node, []);
    } else if (node.resolvedKey[0] === "catalog") {
      this.#container(node.resolvedKey);
      this.#note(node.resolvedKey, node.key);
      for (const inner of node.body) this.#keyValue(inner, node.resolvedKey);
    }
  }

  reading(): Reading {
    const { catalog } = this.#root;
    const slips = [...this.#slips];
    if (catalog === undefined) {
      slips.push({ from: 0, to: 0, message: "[catalog] is missing: begin with a line [catalog]" });
    }
    const places = new Places();
    for (const { path, stretch } of this.#noted) places.note(path, catalog, stretch);
    return { catalog: slips.length > 0 ? undefined : catalog, places, slips };
  }

  #keyValue({ key, value }: AST.TOMLKeyValue, within: readonly Step[]): void {
    const path = [...within, ...key.keys.map(nameOf)];
    if (path[0] !== "catalog") return;
    this.#note(path, key);
    // The config writes moments as TOML does; the rules count milliseconds.
    if (value.type === "TOMLValue" && value.kind === "offset-date-time") {
      path.push(`${path.pop()}_ms`);
      this.#note(path, key);
    }
    const read = this.#value(value, path);
    Reflect.set(this.#container(path.slice(0, -1)), path.at(-1) ?? "", read);
  }

  #value(node: AST.TOMLContentNode, path: readonly Step[]): unknown {
    switch (node.type) {
      case "TOMLArray":
        return node.elements.map((element, at) => {
          this.#note([...path, at], element);
          return this.#value(element, [...path, at]);
        });
      case "TOMLInlineTable":
        for (const inner of node.body) this.#keyValue(inner, path);
        return this.#container(path);
      default:
        return this.#scalar(node);
    }
  }

  #scalar(node: AST.TOMLValue): unknown {
    switch (node.kind) {
      case "offset-date-time":
        return node.value.getTime();
      case "float":
        return this.#slip(node, "no fraction is taken here: write a whole number");
      case "local-date-time":
      case "local-date":
      case "local-time":
        return this.#slip(node, "say for which time zone: 2026-03-01T00:00:00Z");
      default:
        return node.value;
    }
  }

  /** The table or list at `path`, made on the way there. */
  #container(path: readonly Step[]): Container {
    let at = this.#root;
    for (const [depth, step] of path.entries()) {
      at[step] ??= typeof path[depth + 1] === "number" ? [] : table();
      at = at[step] as Container;
    }
    return at;
  }

  #note(path: readonly Step[], node: AST.TOMLNode): void {
    const [from, to] = node.range;
    this.#noted.push({ path: path.slice(1), stretch: { from, to } });
  }

  #slip(node: AST.TOMLNode, message: string): undefined {
    const [from, to] = node.range;
    this.#slips.push({ from, to, message });
  }
}

function nameOf(key: AST.TOMLBare | AST.TOMLQuoted): string {
  return key.type === "TOMLBare" ? key.name : key.value;
}
