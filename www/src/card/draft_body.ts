import { make, say } from "../element.ts";
import type { Work } from "../work.ts";
import type { Body } from "./body.ts";

/** A draft, growing while it is written. */
export function draftBody(): Body {
  const title = make("h3", "draft-title");
  const text = make("div", "draft-text");
  const element = make("div", "draft", title, text);
  const update = (work: Work) => {
    const [heading = "", ...paragraphs] = textOf(work);
    say(title, heading);
    for (const [nth, words] of paragraphs.entries()) {
      say(text.children[nth] ?? text.appendChild(make("p")), words);
    }
  };
  return { element, update };
}

function textOf({ made, words }: Work): string[] {
  if (made?.operation === "draft") return [made.draft.title, ...made.draft.paragraphs];
  return words.split("\n\n");
}
