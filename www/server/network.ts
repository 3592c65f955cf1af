import {
  createServer,
  request as forward,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo, Socket } from "node:net";

/**
 * The wire between the page and creditpackd, made visible: a proxy that forwards every request
 * and answer untouched, and can be slow or broken on demand.
 *
 * - `delay_ms`: everything the backend says arrives that much later, the stream's events
 *   included. Bytes already on their way keep their time, and nothing overtakes. Preflights
 *   (`OPTIONS`) are the browser's own errand, not an answer, and pass at once.
 * - `dropped`: open connections are cut, new ones are cut as they come.
 * - A backend that does not answer is a cut connection too, as it would be without a proxy.
 */
export class Network {
  delayMs = 0;
  #dropped = false;
  readonly #upstream: URL;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  constructor(upstream: URL) {
    this.#upstream = upstream;
    this.#server = createServer((request, response) => this.#carry(request, response));
    this.#server.on("connection", (socket) => this.#admit(socket));
  }

  /** Listens on a free port of this machine and returns the origin for the page to use. */
  async listen(): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(0, "127.0.0.1", resolve);
    });
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  set dropped(dropped: boolean) {
    this.#dropped = dropped;
    if (dropped) this.#cutAll();
  }

  close(): void {
    this.#server.close();
    this.#cutAll();
  }

  #admit(socket: Socket): void {
    if (this.#dropped) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
  }

  #cutAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #carry(request: IncomingMessage, response: ServerResponse): void {
    const upstream = forward(
      {
        hostname: this.#upstream.hostname,
        port: this.#upstream.port,
        path: request.url,
        method: request.method,
        headers: { ...endToEnd(request.headers), host: this.#upstream.host },
        // A fresh connection each time: a pooled one would outlive a restart of the backend.
        agent: false,
      },
      (answer) => this.#answer(answer, request, response),
    );
    upstream.on("error", () => response.destroy());
    response.on("close", () => upstream.destroy());
    request.pipe(upstream);
  }

  #answer(answer: IncomingMessage, request: IncomingMessage, response: ServerResponse): void {
    const later = inOrder(() => (request.method === "OPTIONS" ? 0 : this.delayMs));
    answer.on("error", () => response.destroy());
    later(() => {
      response.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers));
      response.flushHeaders();
    });
    answer.on("data", (chunk: Buffer) => later(() => response.write(chunk)));
    answer.on("end", () => later(() => response.end()));
  }
}

/** Runs each action `delayMs()` after it was handed over, and never before an earlier one. */
function inOrder(delayMs: () => number): (action: () => void) => void {
  let dueMs = 0;
  let last = Promise.resolve();
  return (action) => {
    const now = performance.now();
    dueMs = Math.max(dueMs, now + delayMs());
    const waitMs = dueMs - now;
    const due = waitMs > 0 ? new Promise<void>((resolve) => setTimeout(resolve, waitMs)) : null;
    last = Promise.all([last, due]).then(action);
  };
}

/** The headers that belong to the message rather than to this one connection. */
function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const { connection: _, "keep-alive": __, "transfer-encoding": ___, ...rest } = headers;
  return rest;
}
