import type { ConsoleMessage, Page } from "@playwright/test";

/** Chromium's names for a connection that broke. */
const BROKEN = [
  "CONNECTION_REFUSED",
  "CONNECTION_RESET",
  "CONNECTION_CLOSED",
  "EMPTY_RESPONSE",
  "SOCKET_NOT_CONNECTED",
  "INCOMPLETE_CHUNKED_ENCODING",
];
const FAILED = /^Failed to load resource: net::ERR_(\w+)$/;
const REFUSED = /^Failed to load resource: the server responded with a status of (4\d\d) /;

/**
 * Listens for errors on a page: console errors, uncaught exceptions, unhandled rejections. Only
 * what a test brings about on purpose is let through: see `breaking` and `refusing`.
 */
export class ConsoleWatch {
  /** Set while a test restarts the backend or cuts the connection: broken calls to it are fine. */
  breaking = false;
  /** The refusals a test brings about, as "402 /api/generate"; browsers log every one. */
  refusing: readonly string[] = [];
  readonly errors: string[] = [];

  watch(page: Page): void {
    page.on("pageerror", (error) => this.errors.push(`uncaught: ${error.stack ?? error.message}`));
    page.on("console", (message) => {
      if (message.type() !== "error" || this.#isExpected(message)) return;
      this.errors.push(`${message.text()} (${message.location().url})`);
    });
  }

  #isExpected(message: ConsoleMessage): boolean {
    const { pathname } = new URL(message.location().url || "about:blank");
    const broken = FAILED.exec(message.text())?.[1];
    if (this.breaking && pathname.startsWith("/v1/") && broken) return BROKEN.includes(broken);
    const status = REFUSED.exec(message.text())?.[1];
    return this.refusing.includes(`${status} ${pathname.replace(/[0-9a-f-]{36}/, "{op}")}`);
  }
}
