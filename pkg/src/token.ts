import { pause, within } from "./retry.js";

/** How long the page's `getToken` may take. */
const TOKEN_MS_MAX = 15_000;
/** Longest pause after the first failure; doubles with each further one. */
const PAUSE_MS = 400;
const PAUSE_MS_MAX = 10_000;
/** The part of its life after which a token is renewed. */
const WORN = 0.9;

/** One account's client token. */
export interface TokenKeeper {
  /** The present token; a fresh one if there is none, or the present one is about to expire. */
  getToken(): Promise<string>;
  /** To be called when the backend does not take `token` any more. */
  dropToken(token: string): void;
}

/**
 * Keeps what the page's `getToken` gives until it is worn. Never asks twice at once, and after a
 * failure only after a pause, the longer the more often it failed. Aborting `life` ends all that.
 */
export function keepToken(getToken: () => Promise<string>, life: AbortSignal): TokenKeeper {
  let kept: { readonly token: string; readonly wornAtMs: number } | undefined;
  let keptAtMs = 0;
  let refused = false;
  let last: string | undefined;
  let renewing: Promise<string> | undefined;
  let failures = 0;

  async function renew(): Promise<string> {
    if (failures > 0) {
      const ceiling = Math.min(PAUSE_MS * 2 ** failures, PAUSE_MS_MAX);
      await pause(Math.random() * ceiling, life);
    }
    try {
      const token: unknown = await within(TOKEN_MS_MAX, getToken(), life);
      // Not the page that a server answers with in the token's place, say: no header can carry it.
      if (typeof token !== "string" || !/^[!-~]+\s*$/.test(token)) {
        throw new TypeError("It must resolve with the token itself.");
      }
      failures = 0;
      keep(token);
      return token;
    } catch (thrown) {
      return failed(thrown);
    }
  }

  function keep(token: string): void {
    // A page that has no newer one is not asked again until the backend refuses this one.
    const wornAtMs = token === last ? Number.POSITIVE_INFINITY : wornAt(token, Date.now());
    kept = { token, wornAtMs };
    keptAtMs = Date.now();
    last = token;
  }

  /**
   * Told on the console once for a row of failures: the engine only tries again, so that a wrong
   * address would look like a page that never finishes loading.
   */
  function failed(thrown: unknown): string {
    if (failures === 0 && !life.aborted) {
      console.error("creditpack: getToken failed, and is tried again.", thrown);
    }
    failures += 1;
    if (!kept) throw thrown;
    // A worn token may still do.
    kept = { token: kept.token, wornAtMs: Date.now() + PAUSE_MS_MAX };
    return kept.token;
  }

  return {
    getToken: async () => {
      if (kept && Date.now() < kept.wornAtMs) return kept.token;
      renewing ??= renew().finally(() => {
        renewing = undefined;
      });
      return renewing;
    },
    dropToken: (token) => {
      if (kept?.token !== token) return;
      kept = undefined;
      // One that has served is at its end; one that has not was never good.
      if (refused || Date.now() - keptAtMs > PAUSE_MS_MAX) return;
      refused = true;
      console.error("creditpack: the backend refuses getToken's token.");
    },
  };
}

/**
 * When to renew a token that came at `nowMs`, by this machine's clock. Only the length of its life is
 * read off a JWT, because the clocks of two machines may differ by hours; any other token is good
 * until the backend refuses it.
 */
function wornAt(token: string, nowMs: number): number {
  try {
    const [, payload = ""] = token.split(".");
    const { iat, exp } = JSON.parse(atob(payload.replace(/-/g, "+").replace(/_/g, "/")));
    const lifeMs = (exp - iat) * 1000;
    return lifeMs > 0 ? nowMs + lifeMs * WORN : Number.POSITIVE_INFINITY;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
