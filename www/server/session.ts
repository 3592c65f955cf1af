import { createHash, randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

const COOKIE = "studio_session";
const AGE_S_MAX = 365 * 24 * 60 * 60;

/**
 * The account this browser works under, `studio_<id>`; a browser not seen before gets a new one.
 *
 * The account is derived from the cookie, so the server stores nothing and a restart forgets
 * nobody. The hash keeps the way back closed: an account's name does not open its session.
 */
export function accountOf(request: IncomingMessage, response: ServerResponse): string {
  let secret = readCookie(request.headers.cookie);
  if (secret === undefined) {
    secret = randomBytes(16).toString("hex");
    response.setHeader(
      "set-cookie",
      `${COOKIE}=${secret}; Path=/; Max-Age=${AGE_S_MAX}; HttpOnly; SameSite=Lax`,
    );
  }
  return `studio_${createHash("sha256").update(secret).digest("hex").slice(0, 16)}`;
}

function readCookie(header: string | undefined): string | undefined {
  return header?.match(/(?:^|;\s*)studio_session=([0-9a-f]{32})(?:;|$)/)?.[1];
}
