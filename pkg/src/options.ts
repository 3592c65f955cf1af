import type { Snapshot } from "./snapshot.js";
import type { CreditStorage } from "./storage.js";

/** `Operation` is any of the names among the `operations`, or any name at all without them. */
export interface CreditsOptions<Operation extends string = string> {
  /** The backend's address, such as `https://credits.example.com`. */
  readonly endpoint: string;
  /** Whose credits: 1 to 128 bytes of `[A-Za-z0-9._:@-]`. */
  readonly account: string;
  /**
   * A fresh client token for this account, from an endpoint of the app's own server that calls
   * `mintToken`. Asked for when first needed and whenever the last one has expired. A failure, or
   * 15 seconds without an answer, is told on the console, and tried again.
   */
  readonly getToken: () => Promise<string>;
  /**
   * The names of the operations that this product has. To TypeScript, `spend`, `announce` and
   * `canSpend` then take no other; one that the backend's catalog lacks is told on the console.
   */
  readonly operations?: readonly Operation[] | undefined;
  /** ISO 4217 code of the prices to show; default the catalog's own. */
  readonly currency?: string | undefined;
  /** Language of labels and prices; default the page's. */
  readonly locale?: string | undefined;
  /**
   * Where open spends are kept across reloads: by default IndexedDB, or memory where there is
   * none. A storage of one's own belongs to this endpoint and account alone.
   */
  readonly storage?: "indexeddb" | "memory" | CreditStorage | undefined;
  /**
   * How many credits may be spent while the browser is offline, by all its tabs together; default 0:
   * `spend` throws. Such spends are sent in their order once there is a connection again, and each
   * tells in `settled` what became of it. Never more than `shown`.
   */
  readonly offlineCredits?: number | undefined;
  /** A snapshot the server rendered with, shown as `stale` until the backend's first answer. */
  readonly initial?: Snapshot | undefined;
}
