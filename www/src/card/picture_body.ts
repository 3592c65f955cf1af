import type { Picture } from "../../shared/api.ts";
import { make } from "../element.ts";
import type { Work } from "../work.ts";
import type { Body } from "./body.ts";

/** A picture; its frame stands from the start, so nothing moves when it arrives. */
export function pictureBody(): Body {
  const element = make("div", "frame");
  const update = ({ made }: Work) => {
    if (made?.operation === "image" && !element.firstChild) element.append(shown(made.picture));
  };
  return { element, update };
}

/** An SVG document as an image: whatever is in it, an image runs no script and loads nothing. */
export function shown({ svg, title }: Picture): HTMLImageElement {
  const image = make("img", "picture");
  image.src = `data:image/svg+xml,${encodeURIComponent(svg)}`;
  image.alt = title;
  image.width = 960;
  image.height = 640;
  return image;
}
