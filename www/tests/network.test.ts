import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Network } from "../server/network.ts";

let backend: Server;
let network: Network;
let endpoint: string;
let stream: ServerResponse;

beforeEach(async () => {
  backend = createServer((request, response) => {
    response.setHeader("access-control-allow-origin", "http://studio.test");
    if (request.url === "/stream") {
      response.writeHead(200, { "content-type": "text/event-stream" });
      stream = response;
      response.write("first\n");
    } else if (request.method === "OPTIONS") {
      response.writeHead(204).end();
    } else {
      response.writeHead(402, { "retry-after": "7" });
      request.pipe(response);
    }
  });
  await new Promise<void>((resolve) => backend.listen(0, "127.0.0.1", resolve));
  network = new Network(new URL(`http://127.0.0.1:${(backend.address() as AddressInfo).port}`));
  endpoint = await network.listen();
});

afterEach(() => {
  network.close();
  backend.close();
  backend.closeAllConnections();
});

async function timed<T>(work: Promise<T>): Promise<{ value: T; tookMs: number }> {
  const began = performance.now();
  return { value: await work, tookMs: performance.now() - began };
}

function post(): Promise<Response> {
  return fetch(`${endpoint}/v1/holds`, { method: "POST", body: "hello" });
}

describe("the network", () => {
  it("carries status, headers and body untouched", async () => {
    const answer = await post();
    expect(answer.status).toBe(402);
    expect(answer.headers.get("retry-after")).toBe("7");
    expect(answer.headers.get("access-control-allow-origin")).toBe("http://studio.test");
    expect(await answer.text()).toBe("hello");
  });

  it("lets a stream's events through as they come", async () => {
    const reader = (await fetch(`${endpoint}/stream`)).body?.getReader();
    const next = async () => new TextDecoder().decode((await reader?.read())?.value);
    expect(await next()).toBe("first\n");
    stream.write("second\n");
    expect(await next()).toBe("second\n");
  });

  it("delays answers, but not preflights", async () => {
    network.delayMs = 300;
    expect((await timed(post())).tookMs).toBeGreaterThanOrEqual(290);
    const preflight = await timed(fetch(`${endpoint}/v1/holds`, { method: "OPTIONS" }));
    expect(preflight.value.status).toBe(204);
    expect(preflight.tookMs).toBeLessThan(200);
  });

  it("keeps the order when a delay ends in the middle of a stream", async () => {
    const reader = (await fetch(`${endpoint}/stream`)).body?.getReader();
    await reader?.read();
    network.delayMs = 200;
    stream.write("slow\n");
    await new Promise((resolve) => setTimeout(resolve, 50));
    network.delayMs = 0;
    stream.write("fast\n");
    let text = "";
    while (!text.includes("fast")) text += new TextDecoder().decode((await reader?.read())?.value);
    expect(text).toBe("slow\nfast\n");
  });

  it("cuts open connections and new ones while it is dropped", async () => {
    const reader = (await fetch(`${endpoint}/stream`)).body?.getReader();
    await reader?.read();
    network.dropped = true;
    await expect(reader?.read()).rejects.toThrow();
    await expect(post()).rejects.toThrow();
    network.dropped = false;
    expect((await post()).status).toBe(402);
  });

  it("is a cut connection when the backend is gone", async () => {
    backend.close();
    backend.closeAllConnections();
    await expect(post()).rejects.toThrow();
  });
});
