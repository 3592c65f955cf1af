import { type Checkout, type Credits, isCreditError } from "creditpack";
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
  let standing: Standing = "unanswered";
  for await (standing of standings(client, id)) {
    if (typeof standing === "string") continue;
    notices.show(told(standing));
    if (standing.status !== "paid") continue;
    await arrival(client);
    notices.show(passing("good", `${credits(standing.credits)} added. Thank you.`));
  }
  if (typeof standing === "string") notices.show({ text: UNCHECKED, tone: "info", passing: false });
  // Only now, and only if a reload would tell no more.
  if (isFinal(standing)) history.replaceState(null, "", "/");
}

const UNCHECKED =
  "We could not check your payment. Your balance updates by itself when it arrives.";

/** What is known of a checkout: the checkout, that there is none, or nothing, for want of answers. */
type Standing = Checkout | "unknown" | "unanswered";

const PAUSE_MS = 1_000;
const PAUSES_MS = [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000, 30_000, 30_000];
const PATIENCE_MS = PAUSES_MS.reduce((sum, pauseMs) => sum + pauseMs);

/** The checkout as it stands now and after each change, until it is decided or patience ends. */
async function* standings(client: Credits, id: string): AsyncGenerator<Standing> {
  if (!(await isReady(client))) return;
  for (const pauseMs of PAUSES_MS) {
    const standing = await standingOf(client, id);
    if (standing !== "unanswered") yield standing;
    if (isFinal(standing)) return;
    await changeOrPause(client, pauseMs);
  }
}

/** Whether the client has got its first answers, before patience ends. */
function isReady(client: Credits): Promise<boolean> {
  return new Promise((resolve) => {
    setTimeout(resolve, PATIENCE_MS, false);
    client.ready.then(
      () => resolve(true),
      () => resolve(false),
    );
  });
}

/** How the backend refuses an id that is none of this account's, or of nobody. */
const NO_SUCH: ReadonlySet<string> = new Set(["unknown_checkout", "invalid_request"]);

async function standingOf(client: Credits, id: string): Promise<Standing> {
  try {
    return await client.checkoutStatus(id);
  } catch (error) {
    return isCreditError(error) && NO_SUCH.has(error.code) ? "unknown" : "unanswered";
  }
}

function isFinal(standing: Standing): boolean {
  return typeof standing === "string" ? standing === "unknown" : !isWaiting(standing);
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
