/** The base of every element; a stand-in where there is no DOM, so that importing is harmless. */
export const ElementBase = (globalThis.HTMLElement ?? class {}) as typeof HTMLElement;

/** Registers an element, unless this page has one of that name: a script may be loaded twice. */
export function define(name: string, element: CustomElementConstructor): void {
  const registry = globalThis.customElements;
  if (registry && !registry.get(name)) registry.define(name, element);
}

/** Hands a property that was set before the element was defined over to its accessor. */
export function upgradeProperty<T extends object>(element: T, name: keyof T): void {
  if (!Object.hasOwn(element, name)) return;
  const value = element[name];
  delete (element as Partial<T>)[name];
  element[name] = value;
}

/** An element with attributes and children. Never parses markup, so Trusted Types may be on. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** An icon of one or more paths in a 24 × 24 box, hidden from readers. */
export function icon(...paths: readonly string[]): SVGSVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  for (const d of paths) {
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", d);
    svg.append(path);
  }
  return svg;
}

/** Sets `node`'s text only if it differs, so that selections and readers are left in peace. */
export function setText(node: Node, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

/** Marks `element` with the language and direction of `words`: the page's may be others. */
export function mark(
  element: HTMLElement,
  { lang, dir }: { readonly lang: string; readonly dir: string },
): void {
  if (element.lang !== lang) element.lang = lang;
  if (element.dir !== dir) element.dir = dir;
}

const sheets = new Map<string, CSSStyleSheet>();

/** Adopts `styles`; each text becomes one sheet for the whole page. No `<style>`, no CSP nonce. */
export function adopt(root: ShadowRoot, ...styles: readonly string[]): void {
  root.adoptedStyleSheets = styles.map((css) => {
    const sheet = sheets.get(css) ?? new CSSStyleSheet();
    if (!sheets.has(css)) sheet.replaceSync(css);
    sheets.set(css, sheet);
    return sheet;
  });
}

/** Switches a custom state, `:state(name)` in the page's CSS, where the browser knows them. */
export function toggleState(
  internals: ElementInternals | undefined,
  name: string,
  on: boolean,
): void {
  try {
    if (on) internals?.states.add(name);
    else internals?.states.delete(name);
  } catch {
    // Chromium before 125 takes only `--name`; there the state stays unset.
  }
}
