import { make, say } from "./element.ts";

export interface Notice {
  text: string;
  tone: "info" | "good" | "bad";
  /** Goes away by itself after a while; one that waits for something does not. */
  passing: boolean;
  link?: { text: string; href: string };
}

const PASSING_MS = 8_000;

/** One line that floats over the page's foot, so that nothing moves when it comes and goes. */
export class Notices {
  #timer = 0;
  readonly #text = make("p", "notice-text");

  constructor(private readonly region: HTMLElement) {}

  show(notice: Notice): void {
    clearTimeout(this.#timer);
    say(this.#text, notice.text);
    const box = this.region.querySelector<HTMLElement>(".notice") ?? this.#box();
    box.dataset.tone = notice.tone;
    box.querySelector("a")?.remove();
    if (notice.link) this.#text.after(link(notice.link));
    if (notice.passing) this.#timer = window.setTimeout(() => this.hide(), PASSING_MS);
  }

  hide(): void {
    clearTimeout(this.#timer);
    this.region.replaceChildren();
  }

  #box(): HTMLElement {
    const close = make("button", "quiet notice-close", "Dismiss");
    close.type = "button";
    close.addEventListener("click", () => this.hide());
    const box = make("div", "notice", make("i", "dot"), this.#text, close);
    this.region.append(box);
    return box;
  }
}

function link({ text, href }: { text: string; href: string }): HTMLAnchorElement {
  const anchor = make("a", "", text);
  anchor.href = href;
  return anchor;
}
