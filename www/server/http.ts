import type { IncomingMessage, ServerResponse } from "node:http";

/** A request that the app server refuses, told as a problem document. */
export class Refused extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, detail: string) {
    super(detail);
    this.status = status;
    this.code = code;
  }
}

const BODY_BYTES_MAX = 16 * 1024;

/**
 * Reads a JSON object of at most 16 KiB.
 *
 * Insisting on the JSON content type also keeps other sites' forms out: a browser asks before it
 * sends that across origins, and gets no permission here.
 *
 * @throws {Refused} 415, 413 or 400 `invalid_request`.
 */
export async function readObject(request: IncomingMessage): Promise<Record<string, unknown>> {
  if (!request.headers["content-type"]?.startsWith("application/json")) {
    throw new Refused(415, "unsupported_media_type", "Send application/json.");
  }
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > BODY_BYTES_MAX) throw new Refused(413, "body_too_large", "At most 16 KiB.");
    chunks.push(chunk);
  }
  const value = parsed(Buffer.concat(chunks).toString("utf8"));
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new Refused(400, "invalid_request", "The body must be a JSON object.");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function sendJson(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(JSON.stringify(body));
}

export function sendRefusal(response: ServerResponse, { status, code, message }: Refused): void {
  response.writeHead(status, { "content-type": "application/problem+json" });
  response.end(JSON.stringify({ type: "about:blank", title: code, status, detail: message, code }));
}

/** Copies a web `Response`, as `creditpack/server` makes them, to Node's kind. */
export async function sendResponse(response: ServerResponse, from: Response): Promise<void> {
  const body = Buffer.from(await from.arrayBuffer());
  response.writeHead(from.status, Object.fromEntries(from.headers));
  response.end(body);
}
