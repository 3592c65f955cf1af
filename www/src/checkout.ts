import type { Checkout, Credits } from "creditpack";
import type { Notice, Notices } from "./notices.ts";
import { credits } from "./words.ts";

/** Marks the address that the buyer comes back to without paying. */
const TURNED_BACK = "turned_back";

/** Where the hosted checkout sends the buyer. */
export function returnUrls(): { successUrl: string; cancelUrl: string } {
  const successUrl = new URL("/", location.href);
  const cancelUrl = new URL(`/?${TURNED_BACK}=1`, location.href);
  return { successUrl: successUrl.href, cancelUrl: cancelUrl.href };
}

/** The hosted page, asked to hold back its webhook by as much as the backstage control says. */
export function withWebhookDelay(url: string, delayMs: number): string {
  if (delayMs === 0) return url;
  const delayed = new URL(url);
  delayed.searchParams.set("webhook_delay_ms", String(delayMs));
  return delayed.href;
}

/** Tells a buyer who comes back from the checkout how the payment stands, until it is decided. */
export async function welcomeBack(client: Credits, notices: Notices): Promise<void> {
  const { searchParams } = new URL(location.href);
  const id = searchParams.get("checkout");
  if (searchParams.has(TURNED_BACK)) {
    notices.show(passing("info", "You left the checkout. Nothing was charged."));
    history.replaceState(null, "", "/");
  }
  if (!id) return;
  notices.show({ text: "Checking your payment…", tone: "info", passing: false });
  for await (const checkout of decisions(client, id)) {
    notices.show(told(checkout));
    if (checkout.status !== "paid") continue;
    await arrival(client);
    notices.show(passing("good", `${credits(checkout.credits)} added. Thank you.`));
  }
  // Only now: a reload in between should ask again.
  history.replaceState(null, "", "/");
}

const PAUSE_MS = 1_000;
const PAUSES_MS = [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000, 30_000, 30_000];

/** The checkout as it stands now and after each change, until it is decided or patience ends. */
async function* decisions(client: Credits, id: string): AsyncGenerator<Checkout> {
  await client.ready.catch(() => {});
  for (const pauseMs of PAUSES_MS) {
    const checkout = await client.checkoutStatus(id).catch(() => undefined);
    if (checkout) yield checkout;
    if (checkout && !isWaiting(checkout)) return;
    await changeOrPause(client, pauseMs);
  }
}

function isWaiting({ status }: Checkout): boolean {
  return status === "open" || status === "processing";
}

/** Resolves when the account's entries or incoming credits change, at the latest after `ms`. */
function changeOrPause(client: Credits, ms: number): Promise<void> {
  const { version, purchases } = client.getSnapshot();
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      leave();
      resolve();
    };
    const timer = setTimeout(finish, ms);
    const leave = client.subscribe(() => {
      const now = client.getSnapshot();
      if (now.version !== version || now.purchases !== purchases) finish();
    });
  });
}

/**
 * Resolves when the page's confirmed numbers are as new as the ledger is now. A checkout is "paid"
 * only once its grant is an entry, so from then on the credits are among them.
 */
async function arrival(client: Credits): Promise<void> {
  for (let newest: number | undefined; ; await changeOrPause(client, PAUSE_MS)) {
    newest ??= await newestVersion(client).catch(() => undefined);
    if (newest !== undefined && client.getSnapshot().version >= newest) return;
  }
}

async function newestVersion(client: Credits): Promise<number> {
  for await (const { version } of client.history({ limit: 1 })) return version;
  return 0;
}

function told(checkout: Checkout): Notice {
  const bought = credits(checkout.credits);
  switch (checkout.status) {
    case "open":
      return {
        text: `The payment for ${bought} is not finished.`,
        tone: "info",
        passing: false,
        link: { text: "Back to the payment", href: checkout.url },
      };
    case "processing": {
      const text = `Your payment is on its way. ${bought} will be added when it arrives.`;
      return { text, tone: "info", passing: false };
    }
    case "paid":
      return { text: `Payment received, adding ${bought}…`, tone: "info", passing: false };
    case "expired":
      return passing("bad", "The checkout has expired. Nothing was charged.");
    case "failed":
      return passing("bad", "The payment was declined. Nothing was charged.");
    default:
      return passing("info", "This payment was refunded.");
  }
}

function passing(tone: Notice["tone"], text: string): Notice {
  return { text, tone, passing: true };
}
