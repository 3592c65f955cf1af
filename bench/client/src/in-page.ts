import type { CreditBalance } from "creditpack/elements";
import "creditpack/elements";
import type { Credits } from "creditpack";
import type { Display } from "./cases/commit.js";
import type { World } from "./cases/world.js";
import { type Measured, measure } from "./run.js";

declare global {
  /** What the benchmark calls in its page. */
  var measureInPage: (world: World) => Promise<Measured>;
}

globalThis.measureInPage = (world) => measure(world, pill);

/** `<credit-balance>` in the page, as the buyer sees it. */
function pill(credits: Credits): Display {
  const balance = document.createElement("credit-balance") as CreditBalance;
  balance.credits = credits;
  document.body.append(balance);
  const root = balance.shadowRoot;
  const value = root?.querySelector("[part=value]");
  if (!root || !value) throw new Error("<credit-balance> shows no number");
  return {
    text: () => value.textContent ?? "",
    watch: (changed) => {
      const observer = new MutationObserver(changed);
      observer.observe(root, { subtree: true, childList: true, characterData: true });
      return () => observer.disconnect();
    },
    remove: () => balance.remove(),
  };
}
