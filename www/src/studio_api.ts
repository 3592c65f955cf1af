import type { Backstage, Config, Line, Order, TokenAnswer } from "../shared/api.ts";

/** Studio's server refused, or did not answer; `code` is its problem code or `network`. */
export class StudioError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export function loadConfig(): Promise<Config> {
  return call<Config>("GET", "/api/config");
}

/** A client token for the credit backend; creditpack asks for one whenever it needs it. */
export async function getToken(): Promise<string> {
  return (await call<TokenAnswer>("POST", "/api/token", {})).token;
}

export function loadBackstage(): Promise<Backstage> {
  return call<Backstage>("GET", "/api/backstage");
}

export function setBackstage(change: Partial<Backstage>): Promise<Backstage> {
  return call<Backstage>("POST", "/api/backstage", change);
}

/**
 * Has an order made and yields its lines as they arrive; the last one is `made` or `failed`.
 *
 * @throws {StudioError} if the order is refused or the connection ends early.
 */
export async function* order(what: Order, signal: AbortSignal): AsyncGenerator<Line> {
  const response = await send("POST", "/api/generate", what, signal);
  if (!response.body) throw new StudioError("network", "The answer was empty.");
  let rest = "";
  let last: Line | undefined;
  for await (const text of texts(response.body)) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      last = JSON.parse(line) as Line;
      yield last;
    }
  }
  if (last?.type !== "made" && last?.type !== "failed") {
    throw new StudioError("network", "the connection to Studio ended early");
  }
}

async function* texts(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield decoder.decode(value, { stream: true });
  }
}

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  return (await (await send(method, path, body)).json()) as T;
}

async function send(
  method: string,
  path: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<Response> {
  const request: RequestInit = { method, signal: signal ?? null };
  if (body !== undefined) {
    request.headers = { "content-type": "application/json" };
    request.body = JSON.stringify(body);
  }
  const response = await fetch(path, request);
  if (response.ok) return response;
  const problem = (await response.json().catch(() => ({}))) as { code?: string; detail?: string };
  throw new StudioError(
    problem.code ?? "internal",
    problem.detail ?? `Studio answered ${response.status}.`,
  );
}
