// The real backend behind a network that loses answers, not requests.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import {
  type CreditsServer,
  createCreditsServer,
  type Unsettled,
  uuidv7,
} from "../src/server/index.js";
import { type Backend, draftAtOnce, startBackend } from "./backend.js";

let backend: Backend;
let direct: CreditsServer;
let network: Server;
let lossy: CreditsServer;
let loses: (path: string, calls: number) => boolean;
const calls = new Map<string, number>();
const unsettled: Unsettled[] = [];

beforeAll(async () => {
  backend = await startBackend({}, draftAtOnce);
  direct = createCreditsServer(backend);
  network = createServer((request, response) => void forward(request, response));
  await new Promise<void>((resolve) => network.listen(0, "127.0.0.1", resolve));
  const { port } = network.address() as AddressInfo;
  const endpoint = `http://127.0.0.1:${port}`;
  const { secretKey } = backend;
  lossy = createCreditsServer({ endpoint, secretKey, onUnsettled: (one) => unsettled.push(one) });
});
afterAll(async () => {
  network.close();
  await backend.stop();
});
beforeEach(() => {
  calls.clear();
  // No pauses between tries: the network answers, or not, at once.
  vi.spyOn(Math, "random").mockReturnValue(0);
});
afterEach(() => {
  vi.restoreAllMocks();
  unsettled.splice(0);
});

/** Hands a request on, and its answer back unless it gets lost. */
async function forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = (request.url ?? "").replace(/\?.*/, "");
  const verb = path.replace(/.*\//, "");
  calls.set(verb, (calls.get(verb) ?? 0) + 1);
  const body = Buffer.concat(await request.toArray());
  const headers = { authorization: request.headers.authorization ?? "" };
  const answer = await fetch(backend.endpoint + request.url, {
    method: request.method ?? "GET",
    headers: { ...headers, ...(body.length > 0 && { "content-type": "application/json" }) },
    ...(body.length > 0 && { body }),
  });
  const text = await answer.text();
  if (loses(verb, calls.get(verb) ?? 0)) return void response.destroy();
  response.writeHead(answer.status, { "content-type": "application/json" });
  response.end(text);
}

const never = () => expect.unreachable("the work must not run");

async function fresh(account: string): Promise<{ account: string; op: string }> {
  await direct.grant({ account, credits: 5, reason: "test" });
  return { account, op: uuidv7() };
}

test("a hold that nobody answered for is given back", async () => {
  const { account, op } = await fresh("lost_hold");
  loses = (verb) => verb === "holds";
  const work = lossy.withCredits({ account, op, operation: "image" }, never);
  await expect(work).rejects.toMatchObject({ code: "network" });
  expect(await direct.account(account)).toMatchObject({ settled: 5, held: 0, version: 3 });
  expect(unsettled).toEqual([]);
});

test("the hold of another run is left alone", async () => {
  const { account, op } = await fresh("lost_race");
  const request = { account, op, operation: "image" };
  loses = (verb) => verb === "holds";
  const { receipt } = await direct.withCredits(request, async () => {
    await expect(lossy.withCredits(request, never)).rejects.toMatchObject({ code: "network" });
    expect(await direct.account(account)).toMatchObject({ held: 1 });
  });
  expect(receipt.state).toBe("captured");
  expect(unsettled).toEqual([]);
});

test("credits that may stay set aside are told", async () => {
  const { account, op } = await fresh("lost_all");
  loses = () => true;
  const work = lossy.withCredits({ account, op, operation: "image" }, never);
  await expect(work).rejects.toMatchObject({ code: "network" });
  expect(unsettled).toMatchObject([{ account, op, ending: "release", error: { code: "network" } }]);
  expect([calls.get("holds"), calls.get("claim")]).toEqual([5, 8]);
});

test("credits that were spent at once for work that never ran are told", async () => {
  const { account, op } = await fresh("lost_debit");
  loses = (verb, tried) => verb === "holds" && tried === 1;
  const work = lossy.withCredits({ account, op, operation: "draft" }, never);
  await expect(work).rejects.toMatchObject({ code: "already_captured" });
  expect(unsettled).toMatchObject([{ account, op, ending: "refund" }]);
});

test("work that another run has finished needs no refund", async () => {
  const { account, op } = await fresh("lost_finished");
  const request = { account, op, operation: "image" };
  loses = (verb, tried) => verb === "holds" && tried === 1;
  await direct.withCredits(request, () => "done");
  await expect(lossy.withCredits(request, never)).rejects.toMatchObject({
    code: "already_captured",
  });
  expect(unsettled).toEqual([]);
});
