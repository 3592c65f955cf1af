import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
  request as send,
} from "node:http";
import type { AddressInfo } from "node:net";

/** One request that reached the network. */
export interface Call {
  readonly method: string;
  /** Without its query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  readonly atMs: number;
}

/** Answers a call in the backend's place, or leaves it alone by returning false. */
export type Meddler = (call: Call, response: ServerResponse) => boolean;

/** The way to a backend, and what goes wrong on it. */
export interface Network {
  readonly endpoint: string;
  readonly calls: Call[];
  meddle: Meddler;
  /** Calls of one kind: `snapshot`, `poll`, `stream`, `catalog`, or the end of a path. */
  count(kind: string): number;
  /** Cuts every connection and takes no more, as a backend that is gone does. */
  down(): Promise<void>;
  up(): Promise<void>;
}

/** Opens one to `backend`. It hands everything on until told otherwise. */
export async function openNetwork(backend: string): Promise<Network> {
  const server = createServer((request, response) => {
    const call = readCall(request);
    network.calls.push(call);
    if (!network.meddle(call, response)) forward(backend, request, response);
  });
  const listen = (port: number) =>
    new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const network: Network = {
    endpoint: `http://127.0.0.1:${port}`,
    calls: [],
    meddle: () => false,
    count: (kind) => network.calls.filter((call) => kindOf(call) === kind).length,
    down: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
    up: () => listen(port),
  };
  return network;
}

/** Answers with JSON. */
export function answer(
  response: ServerResponse,
  status: number,
  body: object,
  headers: OutgoingHttpHeaders = {},
): true {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
  return true;
}

/** Answers with a stream of these events, which stays open. */
export function tell(response: ServerResponse, ...events: readonly [string, object][]): true {
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.flushHeaders();
  for (const [event, data] of events) {
    response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }
  return true;
}

export function kindOf({ path, query }: Call): string {
  if (path === "/v1/account") return query.has("wait_s") ? "poll" : "snapshot";
  return path.replace(/.*\//, "");
}

function readCall(request: IncomingMessage): Call {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
  const { method = "GET", headers } = request;
  return { method, path: pathname, query: searchParams, headers, atMs: Date.now() };
}

function forward(backend: string, request: IncomingMessage, response: ServerResponse): void {
  const { method, headers } = request;
  const onward = send(new URL(request.url ?? "/", backend), { method, headers }, (reply) => {
    response.writeHead(reply.statusCode ?? 502, reply.headers);
    response.flushHeaders();
    reply.pipe(response);
    reply.on("error", () => response.destroy());
  });
  onward.on("error", () => response.destroy());
  response.on("close", () => onward.destroy());
  request.pipe(onward);
}
