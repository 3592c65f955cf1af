import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type CreditsServer, toProblemResponse } from "creditpack/server";
import type { BackstageControls } from "./backstage.ts";
import { sendFile } from "./files.ts";
import { generate } from "./generate.ts";
import { Refused, readObject, sendJson, sendRefusal, sendResponse } from "./http.ts";
import { accountOf } from "./session.ts";

export interface AppParts {
  credits: CreditsServer;
  backstage: BackstageControls;
  /** The credit backend's origin, as the page should call it. */
  endpoint: string;
  /** The folder of the built page. */
  pageRoot: string;
}

/** Studio's own server: the built page and its small API. */
export function createApp(parts: AppParts): Server {
  return createServer((request, response) => {
    answer(parts, request, response).catch((error: unknown) => refuse(response, error));
  });
}

async function answer(
  parts: AppParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname } = new URL(request.url ?? "/", "http://studio");
  const route = ROUTES[`${request.method} ${pathname}`];
  if (route) return route(parts, request, response);
  const headers = pageHeaders(parts.endpoint);
  if (request.method === "GET" && (await sendFile(parts.pageRoot, pathname, headers, response))) {
    return;
  }
  throw new Refused(404, "not_found", "There is nothing here.");
}

type Route = (
  parts: AppParts,
  request: IncomingMessage,
  response: ServerResponse,
) => Promise<void> | void;

const ROUTES: Record<string, Route> = {
  "GET /playground": (_parts, _request, response) => {
    response.writeHead(308, { location: "/playground/" }).end();
  },

  "GET /api/config": ({ endpoint }, request, response) =>
    sendJson(response, { endpoint, account: accountOf(request, response) }),

  "POST /api/token": async ({ credits }, request, response) =>
    sendJson(response, await credits.mintToken(accountOf(request, response))),

  "POST /api/generate": ({ credits, backstage }, request, response) => {
    const account = accountOf(request, response);
    return generate(credits, account, () => backstage.takeFailure(), request, response);
  },

  "GET /api/backstage": ({ backstage }, _request, response) => sendJson(response, backstage.state),

  "POST /api/backstage": async ({ backstage }, request, response) => {
    const bad = backstage.set(await readObject(request));
    if (bad !== undefined)
      throw new Refused(400, "invalid_request", `${bad}: not one of its values`);
    sendJson(response, backstage.state);
  },
};

function refuse(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
  } else if (error instanceof Refused) {
    sendRefusal(response, error);
  } else {
    void sendResponse(response, toProblemResponse(error));
  }
}

/** No inline script or style, no third party: only the page, its Wasm, and the credit backend. */
function pageHeaders(endpoint: string): Record<string, string> {
  return {
    "content-security-policy": [
      "default-src 'none'",
      "script-src 'self' 'wasm-unsafe-eval'",
      "style-src 'self'",
      "font-src 'self'",
      "img-src 'self' data:",
      `connect-src 'self' ${endpoint}`,
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join("; "),
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
  };
}
