import { vi } from "vitest";

let root: PageNode | undefined;

/**
 * As much of a page as the elements need, for running them without a browser: nodes with attributes,
 * text, children and shadow roots. No layout, no slots, and only the selectors that they use.
 */
class PageNode extends EventTarget {
  parentNode: PageNode | null = null;
  childNodes: PageNode[] = [];
  #text = "";

  get textContent(): string {
    return this.#text + this.childNodes.map((child) => child.textContent).join("");
  }
  set textContent(text: string) {
    this.replaceChildren();
    this.#text = text;
  }

  get isConnected(): boolean {
    return this.getRootNode() === root;
  }

  append(...children: readonly (PageNode | string)[]): void {
    for (const given of children) {
      const child = typeof given === "string" ? textNode(given) : given;
      child.remove();
      child.parentNode = this;
      this.childNodes.push(child);
      if (this.isConnected) child.walk((node) => node.connectedCallback?.());
    }
  }

  contains(node: PageNode | null): boolean {
    return node !== null && (node === this || this.contains(node.parentNode));
  }

  replaceChildren(...children: readonly (PageNode | string)[]): void {
    for (const child of [...this.childNodes]) child.remove();
    this.#text = "";
    this.append(...children);
  }

  remove(): void {
    const parent = this.parentNode;
    if (!parent) return;
    const wasConnected = this.isConnected;
    parent.childNodes = parent.childNodes.filter((child) => child !== this);
    this.parentNode = null;
    if (wasConnected) this.walk((node) => node.disconnectedCallback?.());
  }

  /** The topmost node, through shadow roots: only the page's own is of use here. */
  getRootNode(): PageNode {
    return this.parentNode?.getRootNode() ?? this;
  }

  walk(visit: (node: PageElement) => void): void {
    if (this instanceof PageElement) visit(this);
    for (const child of [...this.childNodes]) child.walk(visit);
  }

  querySelectorAll(): readonly never[] {
    return [];
  }
}

class PageShadow extends PageNode {
  adoptedStyleSheets: unknown[] = [];
  host: unknown;
}

export class PageElement extends PageNode {
  localName = "";
  readonly dataset: Record<string, string> = {};
  hidden = false;
  lang = "";
  dir = "";
  ariaLabel: string | null = null;
  value = "";
  shadowRoot: PageShadow | null = null;
  readonly #attributes = new Map<string, string>();

  connectedCallback?(): void;
  disconnectedCallback?(): void;
  attributeChangedCallback?(name: string): void;

  override walk(visit: (node: PageElement) => void): void {
    super.walk(visit);
    this.shadowRoot?.walk(visit);
  }
  attachShadow(): PageShadow {
    this.shadowRoot = new PageShadow();
    this.shadowRoot.parentNode = this;
    this.shadowRoot.host = this;
    return this.shadowRoot;
  }
  getAttribute(name: string): string | null {
    return this.#attributes.get(name) ?? null;
  }
  hasAttribute(name: string): boolean {
    return this.#attributes.has(name);
  }
  setAttribute(name: string, value: string): void {
    this.#attributes.set(name, value);
    const { observedAttributes } = this.constructor as { observedAttributes?: readonly string[] };
    if (observedAttributes?.includes(name)) this.attributeChangedCallback?.(name);
  }
  removeAttribute(name: string): void {
    if (name === "aria-label") this.ariaLabel = null;
    this.#attributes.delete(name);
  }
  toggleAttribute(name: string, on: boolean): void {
    if (on && !this.hasAttribute(name)) this.setAttribute(name, "");
    if (!on) this.removeAttribute(name);
  }
  /** The nearest element of that name around this one, itself included. */
  closest(selector: string): PageElement | null {
    let at: PageNode | null = this;
    while (at && !(at instanceof PageElement && at.localName === selector)) at = at.parentNode;
    return at as PageElement | null;
  }
  showModal(): void {
    this.setAttribute("open", "");
  }
  close(): void {}
  focus(): void {}
  /** The first part of that name, in shadow roots too. */
  partOf(part: string): PageElement | undefined {
    let found: PageElement | undefined;
    this.walk((node) => {
      if (node.getAttribute("part") === part) found ??= node;
    });
    return found;
  }
}

function textNode(text: string): PageNode {
  const node = new PageNode();
  node.textContent = text;
  return node;
}

/** Opens an empty page. Import the elements after it. */
export function openPage(): PageElement {
  const registry = new Map<string, new () => PageElement>();
  root = new PageElement();
  const body = new PageElement();
  const createElement = (name: string) =>
    Object.assign(new (registry.get(name) ?? PageElement)(), { localName: name });
  vi.stubGlobal("HTMLElement", PageElement);
  vi.stubGlobal("ShadowRoot", PageShadow);
  vi.stubGlobal(
    "CSSStyleSheet",
    class {
      replaceSync() {}
    },
  );
  vi.stubGlobal("customElements", {
    get: (name: string) => registry.get(name),
    define: (name: string, element: new () => PageElement) => registry.set(name, element),
  });
  vi.stubGlobal("addEventListener", () => {});
  vi.stubGlobal("location", new URL("http://localhost:4321/"));
  vi.stubGlobal("document", {
    body,
    documentElement: { lang: "en" },
    baseURI: "http://localhost:4321/",
    createElement,
    createElementNS: (_: string, name: string) => createElement(name),
    querySelectorAll: () => [],
  });
  root.append(body);
  return body;
}
