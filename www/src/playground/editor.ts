import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import {
  bracketMatching,
  indentUnit,
  StreamLanguage,
  syntaxHighlighting,
} from "@codemirror/language";
import { toml } from "@codemirror/legacy-modes/mode/toml";
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { EditorState, type Extension } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { COLOURS, LOOKS } from "./editor_looks.ts";
import type { Finding } from "./findings.ts";
import type { Stretch } from "./places.ts";

/** The text of a catalog, being written. */
export interface Editor {
  text(): string;
  /** Replaces the whole text; it can be undone. */
  write(text: string): void;
  /** Underlines what is to be said about the text. */
  mark(findings: readonly Finding[]): void;
  /** Selects a stretch and brings it into view, with the focus. */
  show(stretch: Stretch): void;
  /** The line of an offset, from 1. */
  lineOf(offset: number): number;
}

const SEVERITY = { error: "error", warning: "warning", hint: "info" } as const;

/**
 * Opens an editor in `host`. It lives in a shadow root: there its styles are constructed sheets,
 * which the page's policy allows.
 */
export function openEditor(host: HTMLElement, text: string, changed: () => void): Editor {
  const root = host.attachShadow({ mode: "open" });
  const state = EditorState.create({ doc: text, extensions: extensions(changed) });
  const view = new EditorView({ state, parent: root, root });
  return {
    text: () => view.state.doc.toString(),
    write(next) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: next } });
      view.scrollDOM.scrollTop = 0;
    },
    mark(findings) {
      const { length } = view.state.doc;
      view.dispatch(
        setDiagnostics(
          view.state,
          findings.map((one) => diagnostic(one, length)),
        ),
      );
    },
    show({ from, to }) {
      const { length } = view.state.doc;
      const selection = { anchor: Math.min(from, length), head: Math.min(to, length) };
      view.dispatch({ selection, effects: EditorView.scrollIntoView(selection.anchor, CENTRED) });
      view.focus();
    },
    lineOf: (offset) => view.state.doc.lineAt(Math.min(offset, view.state.doc.length)).number,
  };
}

const CENTRED = { y: "center" } as const;

/** No binding of Tab: it leaves the editor, as it leaves any field. */
function extensions(changed: () => void): Extension[] {
  return [
    lineNumbers(),
    lintGutter(),
    history(),
    drawSelection(),
    highlightActiveLine(),
    bracketMatching(),
    indentUnit.of("  "),
    StreamLanguage.define(toml),
    syntaxHighlighting(COLOURS),
    LOOKS,
    keymap.of([...defaultKeymap, ...historyKeymap, ...lintKeymap]),
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({ "aria-label": "Catalog, written in TOML", tabindex: "0" }),
    EditorView.updateListener.of(({ docChanged }) => docChanged && changed()),
  ];
}

function diagnostic({ severity, reason, remedy, at }: Finding, length: number): Diagnostic {
  const from = Math.min(at.from, length);
  return {
    from,
    to: Math.min(Math.max(at.to, from), length),
    severity: SEVERITY[severity],
    message: remedy ? `${reason}\n${remedy}` : reason,
  };
}
