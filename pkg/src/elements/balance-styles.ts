export const BALANCE_STYLES = `
:host { display: inline-block; vertical-align: middle; }
.pill {
  display: inline-flex; align-items: center; gap: 0.625rem;
  min-block-size: 2.75rem; padding-block: 0.25rem; padding-inline: 0.75rem 0.4375rem;
  border: 1px solid var(--_border); border-radius: 999px;
  background: var(--_surface); color: var(--_text);
  text-align: start; line-height: 1.2; white-space: nowrap;
  transition: border-color 160ms ease;
}
.pill:hover { border-color: color-mix(in srgb, var(--_text) 34%, transparent); }
.pill:active { background: var(--_raised); }

.coin { display: inline-flex; color: var(--_coin); }
.coin svg, ::slotted([slot="icon"]) { inline-size: 1.5rem; block-size: 1.5rem; }
svg { fill: none; stroke: currentColor; stroke-width: 1.6; stroke-linecap: round; }

/* Words of every width lie in one cell: the widest holds the place, one is seen. */
.lines { display: grid; align-content: center; }
.before { grid-row: 1; }
.amount { display: flex; align-items: baseline; gap: 0.3em; font-size: 0.9375rem; }
.value {
  font-weight: 650; font-variant-numeric: tabular-nums lining-nums;
  letter-spacing: -0.01em;
}
.unit { color: var(--_muted); }
.note { display: grid; font-size: 0.75rem; color: var(--_muted); }
.note > * { grid-area: 1 / 1; }
.place { visibility: hidden; block-size: 0; overflow: hidden; }
.line { display: block; }
.note > .text[data-tone="good"] { color: var(--_good); }
.note > .text[data-tone="warn"] { color: var(--_warn); }
.note > .text[data-tone="bad"] { color: var(--_danger); }

.plus {
  display: inline-flex; align-items: center; justify-content: center;
  inline-size: 1.875rem; block-size: 1.875rem; margin-inline-start: 0.25rem;
  border-radius: 50%; background: var(--_raised); color: var(--_text);
  border: 1px solid var(--_border);
}
.plus svg { inline-size: 0.875rem; block-size: 0.875rem; stroke-width: 2; }
.pill:hover .plus, .pill[data-level="empty"] .plus {
  background: var(--_accent); color: var(--_on-accent); border-color: var(--_accent);
}

.pill[data-level="low"] .coin, .pill[data-level="empty"] .coin { color: var(--_warn); }
.pill[data-phase="offline"] .coin, .pill[data-phase="loading"] .coin { color: var(--_muted); }
.pill[data-busy] .coin { animation: breathe 1.6s ease-in-out infinite; }
@keyframes breathe { 50% { opacity: 0.45; } }

@media (forced-colors: active) {
  .pill { border-color: ButtonBorder; }
  .coin, .plus { color: ButtonText; }
  :focus-visible { outline-color: Highlight; }
}
`;
