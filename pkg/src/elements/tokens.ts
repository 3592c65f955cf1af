/**
 * The elements' colours and measures. Each public property has a private one behind it, resolved on
 * the element itself: `light-dark()` follows the `color-scheme` that holds where the element is.
 */
export const TOKENS = `
:host {
  --_accent: var(--credit-accent, #26233a);
  --_on-accent: var(--credit-on-accent, #ffffff);
  --_surface: var(--credit-surface, #ffffff);
  --_raised: var(--credit-surface-raised, #faf9f7);
  --_text: var(--credit-text, #1d1b26);
  --_muted: var(--credit-muted, #625f6e);
  --_border: var(--credit-border, #e2e0e6);
  --_coin: var(--credit-coin, #a8731a);
  --_good: var(--credit-good, #17693f);
  --_warn: var(--credit-warn, #8a5200);
  --_danger: var(--credit-danger, #b3261e);
  --_focus: var(--credit-focus, #5b50d6);
  --_radius: var(--credit-radius, 1rem);
  --_gap: var(--credit-gap, 1rem);
  font-family: var(--credit-font, inherit);
  color: var(--_text);
}
@supports (color: light-dark(red, red)) {
  :host {
    --_accent: var(--credit-accent, light-dark(#26233a, #f1eee6));
    --_on-accent: var(--credit-on-accent, light-dark(#ffffff, #1d1b26));
    --_surface: var(--credit-surface, light-dark(#ffffff, #1c1b22));
    --_raised: var(--credit-surface-raised, light-dark(#faf9f7, #24232b));
    --_text: var(--credit-text, light-dark(#1d1b26, #f1eff5));
    --_muted: var(--credit-muted, light-dark(#625f6e, #aaa6b5));
    --_border: var(--credit-border, light-dark(#e2e0e6, #393742));
    --_coin: var(--credit-coin, light-dark(#a8731a, #e3b45f));
    --_good: var(--credit-good, light-dark(#17693f, #7fdcaa));
    --_warn: var(--credit-warn, light-dark(#8a5200, #f2b95c));
    --_danger: var(--credit-danger, light-dark(#b3261e, #ffb3ab));
    --_focus: var(--credit-focus, light-dark(#5b50d6, #a9a2ff));
  }
}
:host([hidden]) { display: none; }
*, ::before, ::after { box-sizing: border-box; }
[hidden] { display: none !important; }
/* Letters that join, or that fill a square each, must not be moved closer. */
:is(:lang(ar), :lang(fa), :lang(ur), :lang(he), :lang(ja), :lang(zh), :lang(ko)) {
  letter-spacing: normal !important;
}
:lang(ja) { line-break: strict; word-break: auto-phrase; }
button { font: inherit; color: inherit; margin: 0; cursor: pointer; }
:focus-visible { outline: 2px solid var(--_focus); outline-offset: 2px; }
@media (prefers-reduced-motion: reduce) {
  *, ::before, ::after { animation: none !important; transition: none !important; }
}
`;
