import { HighlightStyle } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

/** The text's colours: the page's own, so that they follow its theme. */
export const COLOURS = HighlightStyle.define([
  { tag: tags.comment, color: "var(--muted)", fontStyle: "italic" },
  { tag: tags.string, color: "var(--code-string)" },
  { tag: [tags.number, tags.bool], color: "var(--code-number)" },
  { tag: tags.atom, color: "var(--accent)", fontWeight: "600" },
  { tag: tags.propertyName, color: "var(--ink)" },
]);

const underline = (colour: string) => ({
  backgroundImage: "none",
  textDecoration: `underline wavy ${colour} 1.5px`,
  textDecorationSkipInk: "none",
  textUnderlineOffset: "3px",
});

const marker = (colour: string, shape: object) => ({
  width: "0.5rem",
  height: "0.5rem",
  margin: "0.45rem 0.15rem",
  borderRadius: "50%",
  background: colour,
  content: '""',
  ...shape,
});

export const LOOKS = EditorView.theme({
  "&": { height: "100%", background: "var(--surface)", color: "var(--ink)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { font: "400 0.8125rem / 1.65 var(--mono)", overscrollBehavior: "contain" },
  ".cm-content": { padding: "0.75rem 0", caretColor: "var(--ink)" },
  ".cm-line": { padding: "0 1rem 0 0.5rem" },
  ".cm-gutters": { background: "var(--surface)", color: "var(--muted)", border: "0" },
  ".cm-lineNumbers .cm-gutterElement": { padding: "0 0.35rem 0 0.9rem", minWidth: "2.6rem" },
  ".cm-gutter-lint": { width: "0.9rem" },
  ".cm-activeLine": { background: "var(--code-line)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)", borderLeftWidth: "1.5px" },
  "&.cm-focused .cm-selectionBackground, .cm-selectionBackground": {
    background: "var(--code-selection) !important",
  },
  ".cm-matchingBracket": { background: "var(--tint) !important" },
  ".cm-lintRange-error": underline("var(--bad)"),
  ".cm-lintRange-warning": underline("var(--credit-warn)"),
  ".cm-lintRange-info": underline("var(--accent)"),
  ".cm-lintPoint::after": { display: "none" },
  ".cm-lint-marker-error": marker("var(--bad)", { borderRadius: "1px" }),
  ".cm-lint-marker-warning": marker("var(--credit-warn)", {}),
  ".cm-lint-marker-info": marker("none", { boxShadow: "inset 0 0 0 1.5px var(--accent)" }),
  ".cm-tooltip": {
    maxWidth: "26rem",
    border: "1px solid var(--line)",
    borderRadius: "var(--radius-small)",
    background: "var(--surface)",
    boxShadow: "0 10px 36px -8px light-dark(rgb(60 50 30 / 28%), rgb(0 0 0 / 70%))",
    color: "var(--ink)",
    font: "400 0.8125rem / 1.5 var(--sans)",
    overflow: "hidden",
  },
  ".cm-diagnostic": { padding: "0.5rem 0.8rem", borderLeft: "0", whiteSpace: "pre-wrap" },
});
