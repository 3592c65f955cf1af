/** The line in which a code is entered, told of, and taken back. */
export const PROMOTION_STYLES = `
.promotion {
  display: grid; grid-template-columns: auto minmax(0, 24rem) 1fr; align-items: center;
  gap: 0.375rem 1rem; font-size: 0.9375rem;
}
/* Once open it keeps its height, whatever becomes of the code. */
.promotion[data-open] { grid-template-rows: minmax(2.75rem, auto) minmax(1.375rem, auto); }
.ask, .remove {
  min-block-size: 2.75rem; padding: 0; border: 0; border-radius: 0.375rem;
  background: none; color: var(--_text);
  text-decoration: underline; text-decoration-color: var(--_muted);
  text-decoration-thickness: 1px; text-underline-offset: 0.25em;
}
.ask { justify-self: start; color: var(--_muted); }
.ask:hover, .remove:hover { color: var(--_text); text-decoration-color: currentColor; }
.code { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0.625rem; margin: 0; }
.code input, .apply {
  min-block-size: 2.75rem; border: 1px solid var(--_border);
  border-radius: calc(var(--_radius) * 0.7); background: var(--_surface); color: var(--_text);
  font: inherit;
}
/* A field that is seen by its border alone needs one that is seen. */
.code input {
  inline-size: 100%; min-inline-size: 0; margin: 0; padding: 0.5rem 0.875rem;
  border-color: var(--_muted); font-variant-ligatures: none;
}
.code input[aria-invalid="true"] { border-color: var(--_danger); }
.apply { min-inline-size: 6.5rem; padding: 0.5rem 1rem; font-weight: 600; }
.apply:hover { border-color: var(--_text); }
.apply[aria-disabled="true"] { cursor: progress; opacity: 0.7; }
.told {
  grid-column: 1 / -1; display: flex; align-items: center; gap: 0.5rem;
  margin: 0; color: var(--_muted); line-height: 1.4; text-wrap: pretty;
}
.told:focus { outline: none; }
.told svg {
  display: none; flex: none; inline-size: 1.125rem; block-size: 1.125rem;
  fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round;
}
.promotion[data-refused] .told { color: var(--_danger); }
.promotion[data-applied] { grid-template-columns: auto 1fr; }
.promotion[data-applied] .told { grid-column: 1; color: var(--_good); font-weight: 550; }
.promotion[data-applied] .told svg { display: block; }
.remove { justify-self: start; color: var(--_muted); }
@container (max-width: 30rem) {
  .promotion { grid-template-columns: minmax(0, 1fr); }
  .promotion[data-open] {
    grid-template-rows: minmax(2.75rem, auto) minmax(2.75rem, auto) minmax(1.375rem, auto);
  }
  .promotion[data-applied] { grid-template-columns: minmax(0, 1fr); }
}
@media (forced-colors: active) {
  .code input, .apply { border-color: ButtonBorder; }
}
`;
