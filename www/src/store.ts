import type { Credits } from "creditpack";
import { returnUrls, withWebhookDelay } from "./checkout.ts";

/** Where credits are seen and bought. */
export interface Store {
  /** Shows the packs to somebody whose credits do not suffice. */
  offer(): void;
}

/** Hands the client to the page's `<credit-balance>` and `<credit-packs>`. */
export function bindStore(client: Credits, webhookDelayMs: () => number): Store {
  const packs = query("credit-packs");
  const { successUrl, cancelUrl } = returnUrls();
  packs.setAttribute("success-url", successUrl);
  packs.setAttribute("cancel-url", cancelUrl);
  packs.credits = client;
  query("credit-balance").credits = client;

  packs.addEventListener("credit-checkout", (event) => {
    const { url } = event.detail;
    const delayed = withWebhookDelay(url, webhookDelayMs());
    if (delayed === url) return;
    event.preventDefault();
    location.assign(delayed);
  });
  return { offer: () => packs.show() };
}

function query<K extends "credit-balance" | "credit-packs">(name: K): HTMLElementTagNameMap[K] {
  const element = document.querySelector(name);
  if (!element) throw new Error(`index.html has no <${name}>`);
  return element;
}
