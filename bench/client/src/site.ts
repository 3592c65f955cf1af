import { once } from "node:events";
import { readFile } from "node:fs/promises";
import {
  createServer,
  type IncomingMessage,
  type ServerResponse,
  request as send,
} from "node:http";
import type { AddressInfo } from "node:net";
import { extname } from "node:path";
import { createCreditsServer, type WorkRequest } from "creditpack/server";
import type { Backend } from "./backend.js";

/** The packages a page may load, as they are installed: what is measured is what is shipped. */
const PACKAGES: Readonly<Record<string, URL>> = {
  "/creditpack/": new URL("./", import.meta.resolve("creditpack")),
  "/idb-keyval/": new URL("./", import.meta.resolve("idb-keyval")),
  "/query-core/": new URL("./", import.meta.resolve("@tanstack/query-core")),
  "/bench/": new URL("./", import.meta.url),
};

const IMPORTS = {
  creditpack: "/creditpack/index.js",
  "creditpack/elements": "/creditpack/elements/index.js",
  "creditpack/server": "/creditpack/server/index.js",
  "idb-keyval": "/idb-keyval/index.js",
  "@tanstack/query-core": "/query-core/index.js",
};

/** `process` is what a bundler would put in for TanStack Query; creditpack does without one. */
const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>Benchmark</title>
    <link rel="icon" href="data:," />
    <script>globalThis.process = { env: { NODE_ENV: "production" } };</script>
    <script type="importmap">${JSON.stringify({ imports: IMPORTS })}</script>
    <script type="module" src="/bench/in-page.js"></script>
  </head>
  <body></body>
</html>`;

const TYPES: Readonly<Record<string, string>> = {
  ".js": "text/javascript; charset=utf-8",
  ".wasm": "application/wasm",
};

/** Isolates the page from others, for a clock of 5 us instead of 100. */
const ISOLATED = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

/** The product around the client: its page, its token route, and whoever holds the secret key. */
export interface Site {
  readonly url: string;
  /** Says where the backend is: it starts after the site, whose address it has to know. */
  serve(backend: Backend): void;
  close(): void;
}

export async function openSite(): Promise<Site> {
  let routes: ReturnType<typeof routesTo> | undefined;
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const answered = routes?.(pathname, request, response) ?? file(pathname, response);
    answered.catch((error: unknown) => response.writeHead(500).end(String(error)));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    serve: (backend) => {
      routes = routesTo(backend);
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** What the site asks of the backend; undefined for any other path. */
function routesTo({ endpoint, secretKey }: Backend) {
  const server = createCreditsServer({ endpoint, secretKey });
  return (path: string, request: IncomingMessage, response: ServerResponse) => {
    switch (path) {
      case "/grant":
        return body<{ account: string; credits: number }>(request)
          .then((wanted) => server.grant({ ...wanted, reason: "bench" }))
          .then((granted) => answer(response, granted));
      case "/work":
        return body<WorkRequest>(request)
          .then((wanted) => server.withCredits(wanted, () => {}))
          .then((done) => answer(response, done));
      case "/token":
        return body<{ account: string }>(request)
          .then(({ account }) => server.mintToken(account))
          .then((token) => answer(response, token));
      // Taken, and never answered.
      case "/mute/v1/holds":
        return Promise.resolve();
      default:
        return path.startsWith("/mute/") ? forward(endpoint, request, response) : undefined;
    }
  };
}

async function forward(endpoint: string, request: IncomingMessage, response: ServerResponse) {
  const { method, headers, url = "/" } = request;
  const onward = send(new URL(url.slice("/mute".length), endpoint), { method, headers });
  onward.on("response", (reply) => {
    response.writeHead(reply.statusCode ?? 502, reply.headers);
    response.flushHeaders();
    reply.pipe(response);
  });
  onward.on("error", () => response.destroy());
  response.on("close", () => onward.destroy());
  request.pipe(onward);
}

async function file(path: string, response: ServerResponse): Promise<void> {
  if (path === "/") {
    response.writeHead(200, { ...ISOLATED, "content-type": "text/html; charset=utf-8" }).end(PAGE);
    return;
  }
  const folder = Object.keys(PACKAGES).find((prefix) => path.startsWith(prefix));
  const type = TYPES[extname(path)];
  if (!folder || !type) {
    response.writeHead(404).end();
    return;
  }
  const text = await readFile(new URL(path.slice(folder.length), PACKAGES[folder]));
  response.writeHead(200, { ...ISOLATED, "content-type": type }).end(text);
}

async function body<T>(request: IncomingMessage): Promise<T> {
  let text = "";
  for await (const chunk of request) text += chunk;
  return JSON.parse(text) as T;
}

function answer(response: ServerResponse, told: object): void {
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(told));
}
