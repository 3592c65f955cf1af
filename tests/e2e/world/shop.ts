import { once } from "node:events";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
  type ServerResponse,
} from "node:http";
import { extname } from "node:path";
import { type CreditsServer, createCreditsServer } from "creditpack/server";

const README = new URL("../../../README.md", import.meta.url);
const DIST = new URL("../../../pkg/dist/", import.meta.url);
/** What the page of packs looks like around them. */
const STYLES = `
  html { color-scheme: light dark; background: #fbfaf8; font-family: system-ui, sans-serif; }
  main { display: grid; gap: 1.5rem; max-inline-size: 52rem; margin: 1rem auto; padding: 0 1rem; }
  credit-balance { justify-self: start; }
  credit-provider > credit-packs { margin-block-start: 1.5rem; }
  @media (prefers-color-scheme: dark) { html { background: #131217; } }
`;
const TYPES: Record<string, string> = {
  ".js": "text/javascript; charset=utf-8",
  ".wasm": "application/wasm",
};

/** A page of packs alone, with the attributes that its query names; `lang` is the page's. */
export const PACKS = "/packs";

/** The cookie that stands for the reader's own session: it names the account. */
export const SESSION = "session";

/**
 * The site of somebody who did what README.md says and no more: its HTML pasted into a page, the
 * package's `dist` folder served as `/creditpack/`, a token route, a strict policy.
 */
export class Shop {
  readonly url: string;
  /** The shop's own server's side, with the secret key. */
  readonly credits: CreditsServer;
  /** The backend's address. */
  readonly endpoint: string;
  /** Scripts of the shop's own, by their paths. */
  readonly scripts = new Map<string, string>();
  readonly #server: Server;

  private constructor(server: Server, port: number, endpoint: string, secretKey: string) {
    this.url = `http://localhost:${port}`;
    this.credits = createCreditsServer({ endpoint, secretKey });
    this.endpoint = endpoint;
    this.#server = server;
    server.on("request", (request: IncomingMessage, response: ServerResponse) => {
      this.#answer(request, response).catch((error: unknown) => {
        send(response, 500, {}, String(error));
      });
    });
  }

  /** Opens at a free port, for the backend at `endpoint`, which need not run yet. */
  static async open(endpoint: string, secretKey: string): Promise<Shop> {
    const server = createServer().listen(0, "localhost");
    await once(server, "listening");
    const address = server.address();
    if (typeof address !== "object" || address === null) throw new Error("no port");
    return new Shop(server, address.port, endpoint, secretKey);
  }

  async close(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams: search } = new URL(request.url ?? "/", this.url);
    const account = new RegExp(`${SESSION}=([\\w-]+)`).exec(request.headers.cookie ?? "")?.[1];
    const script = this.scripts.get(pathname);
    if (script) return send(response, 200, { "content-type": TYPES[".js"] }, script);
    if (pathname.startsWith("/creditpack/")) {
      const file = new URL(pathname.slice("/creditpack/".length), DIST);
      const type = TYPES[extname(file.pathname)] ?? "application/octet-stream";
      return send(response, 200, { "content-type": type }, await readFile(file));
    }
    if (pathname === "/shop.css") {
      return send(response, 200, { "content-type": "text/css; charset=utf-8" }, STYLES);
    }
    if (pathname === "/favicon.ico") return send(response, 204, {}, "");
    if (!account) return send(response, 401, {}, "");
    if (`${request.method} ${pathname}` === "POST /api/token") {
      const token = await this.credits.mintToken(account);
      return send(response, 200, { "content-type": "application/json" }, JSON.stringify(token));
    }
    const html = pathname === PACKS ? packsPage(search) : page;
    return send(response, 200, this.#pageHeaders(), html(this.endpoint, account));
  }

  #pageHeaders(): OutgoingHttpHeaders {
    return {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": [
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "img-src 'self'",
        "style-src 'self'",
        `connect-src 'self' ${this.endpoint}`,
      ].join("; "),
    };
  }
}

function send(
  response: ServerResponse,
  status: number,
  headers: OutgoingHttpHeaders,
  body: string | Buffer,
): void {
  response.writeHead(status, headers).end(body);
}

/** A page that sells on further terms. It follows the colours of the browser. */
function packsPage(search: URLSearchParams): (endpoint: string, account: string) => string {
  const lang = search.get("lang") ?? "en";
  const dir = ["ar", "he"].includes(lang) ? "rtl" : "ltr";
  const given = [...search].filter(([name]) => name !== "lang" && name !== "checkout");
  const packs = given.map(([name, value]) => attribute(name, value)).join("");
  return (endpoint, account) => `<!doctype html>
    <html${attribute("lang", lang)}${attribute("dir", dir)}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <link rel="stylesheet" href="/shop.css" />
        <title>Packs</title>
      </head>
      <body>
        <script type="module" src="/creditpack/standalone.js"></script>
        <main>
          <credit-provider${attribute("endpoint", endpoint)}${attribute("account", account)}
            token-url="/api/token">
            <credit-balance></credit-balance>
            <credit-packs${packs}><span slot="terms">Terms of sale</span></credit-packs>
          </credit-provider>
        </main>
      </body>
    </html>`;
}

function attribute(name: string, value: string): string {
  return ` ${name}="${value.replaceAll("&", "&amp;").replaceAll('"', "&quot;")}"`;
}

/** A page with README.md's HTML in it, its two placeholders filled in. */
function page(endpoint: string, account: string): string {
  const [, snippet] = /```html\n(.*?)```/s.exec(readFileSync(README, "utf8")) ?? [];
  const pasted = snippet
    ?.replace('endpoint="https://credits.example.com"', `endpoint="${endpoint}"`)
    .replace('account="u_1"', `account="${account}"`);
  if (!pasted?.includes(endpoint) || !pasted.includes(account)) {
    throw new Error("README.md's HTML has no endpoint or account to fill in");
  }
  const head = '<meta charset="utf-8" /><title>Shop</title>';
  return `<!doctype html><html lang="en"><head>${head}</head><body>${pasted}</body></html>`;
}
