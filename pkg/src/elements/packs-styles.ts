export const PACKS_STYLES = `
:host { display: block; }
:host([variant="dialog"]) { display: contents; }
.content { container-type: inline-size; display: grid; gap: calc(var(--_gap) * 1.25); }

.head { display: flex; align-items: start; gap: 1rem; }
.titles { flex: 1; min-inline-size: 0; }
h2 {
  margin: 0; font-size: 1.375rem; font-weight: 650; letter-spacing: -0.015em; line-height: 1.25;
}
h2:focus { outline: none; }
.intro {
  margin: 0.375rem 0 0; color: var(--_muted); font-size: 0.9375rem; line-height: 1.45;
  text-wrap: pretty;
}
.close {
  display: inline-flex; align-items: center; justify-content: center; flex: none;
  inline-size: 2.75rem; block-size: 2.75rem; margin-block: -0.5rem 0; margin-inline: 0 -0.5rem;
  border: 1px solid transparent; border-radius: 50%; background: none; color: var(--_muted);
}
.close:hover { background: var(--_raised); color: var(--_text); }
.close svg {
  inline-size: 1.125rem; block-size: 1.125rem;
  fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linecap: round;
}

.packs {
  display: grid; gap: var(--_gap); margin: 0; padding: 0; list-style: none;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 15rem), 1fr));
}
.pack {
  display: flex; flex-direction: column; padding: 1.375rem;
  border: 1px solid var(--_border); border-radius: var(--_radius); background: var(--_surface);
}
.pack[data-best] { border-color: var(--_accent); box-shadow: inset 0 0 0 1px var(--_accent); }
.top {
  display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between;
  gap: 0.25rem 0.75rem;
  min-block-size: 1.625rem;
}
.label { font-size: 0.9375rem; font-weight: 600; color: var(--_muted); }
.badge {
  padding: 0.2rem 0.625rem; border-radius: 0.75rem;
  background: var(--_accent); color: var(--_on-accent);
  font-size: 0.75rem; font-weight: 600; line-height: 1.4;
}
.credits {
  margin: 0.5rem 0 0; font-size: 2.25rem; font-weight: 680; line-height: 1.15;
  letter-spacing: -0.03em; font-variant-numeric: tabular-nums lining-nums;
}
.credits small {
  font-size: 1rem; font-weight: 500; letter-spacing: 0; color: var(--_muted);
}
.price {
  margin: 0.875rem 0 0; font-size: 1.125rem; font-weight: 600;
  font-variant-numeric: tabular-nums lining-nums;
}
.price s { margin-inline-start: 0.5em; color: var(--_muted); font-weight: 450; }
.aside {
  position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden;
  clip-path: inset(50%); white-space: nowrap;
}
.bought {
  margin: 0.375rem 0 0; font-size: 0.9375rem; line-height: 1.45; text-wrap: balance;
}
.unit, .saving, .tax {
  margin: 0.125rem 0 0; font-size: 0.875rem; color: var(--_muted); line-height: 1.45;
  text-wrap: balance;
}
.saving { color: var(--_good); font-weight: 550; }
/* Has its place also while there is nothing to refuse. */
.refusal {
  flex: 1; margin: 0; padding-block: 0.5rem; min-block-size: 1.25rem;
  font-size: 0.875rem; line-height: 1.45; color: var(--_warn); text-wrap: balance;
}
.content[data-promotion] .refusal { min-block-size: calc(1lh + 1rem); }
.buy {
  display: inline-flex; align-items: center; justify-content: center; inline-size: 100%;
  min-block-size: 2.875rem; padding: 0.5rem 1rem; border-radius: calc(var(--_radius) * 0.7);
  border: 1px solid var(--_border); background: var(--_surface); color: var(--_text);
  font-size: 0.9375rem; font-weight: 600; line-height: 1.25; text-align: center; text-wrap: balance;
  transition: border-color 160ms ease, opacity 160ms ease;
}
.buy:hover { border-color: var(--_text); }
.pack[data-best] .buy {
  background: var(--_accent); color: var(--_on-accent); border-color: var(--_accent);
}
.pack[data-best] .buy:hover { opacity: 0.9; }
.buy[aria-disabled="true"] { cursor: default; opacity: 0.55; }
.buy[data-opening] { cursor: progress; opacity: 1; }

.error {
  margin: 0; padding: 0.75rem 1rem; border-radius: calc(var(--_radius) * 0.7);
  border: 1px solid var(--_danger); color: var(--_danger);
  font-size: 0.9375rem; line-height: 1.45;
}
.terms { font-size: 0.8125rem; color: var(--_muted); line-height: 1.5; }
.terms:not([data-filled]) { display: none; }

dialog {
  inline-size: min(44rem, calc(100vw - 2rem)); max-block-size: calc(100dvh - 2rem);
  padding: 0; overflow: auto; overscroll-behavior: contain; color: inherit;
  border: 1px solid var(--_border); border-radius: calc(var(--_radius) * 1.375);
  background: var(--_surface);
  box-shadow: 0 24px 64px -16px rgb(15 12 30 / 0.35), 0 4px 16px rgb(15 12 30 / 0.08);
}
dialog > .content { padding: 1.75rem; }
dialog::backdrop { background: rgb(17 15 26 / 0.48); }
dialog[open] { animation: rise 200ms cubic-bezier(0.2, 0.8, 0.2, 1); }
dialog[open]::backdrop { animation: fade 200ms ease; }
@keyframes rise { from { opacity: 0; translate: 0 0.75rem; } }
@keyframes fade { from { opacity: 0; } }
@media (max-width: 34rem) {
  dialog {
    inline-size: 100vw; max-inline-size: none; margin-block-end: 0;
    border-end-start-radius: 0; border-end-end-radius: 0; border-inline: 0; border-block-end: 0;
  }
  dialog > .content { padding: 1.375rem 1.125rem 1.75rem; }
}
@media (forced-colors: active) {
  .pack[data-best] { outline: 2px solid Highlight; }
  .badge { border: 1px solid CanvasText; }
  .buy, .close { border-color: ButtonBorder; }
}
`;
