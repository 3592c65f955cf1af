// What a client takes it gives back when it is closed.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import glue from "../src/generated/creditpack.js";
import { createCredits } from "../src/index.js";
import { type CreditsServer, createCreditsServer } from "../src/server/index.js";
import { type Backend, startBackend } from "./backend.js";
import { answer, kindOf, type Network, openNetwork, tell } from "./network.js";

const CLIENTS = 1000;
const AT_ONCE = 50;
/** What the memory of a module grows by. */
const PAGE_BYTES = 65_536;

let backend: Backend;
let server: CreditsServer;

beforeAll(async () => {
  backend = await startBackend();
  server = createCreditsServer(backend);
});
afterAll(() => backend.stop());

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
/** The module's memory, in bytes. */
const memory = async () => (await glue({})).memory.buffer.byteLength;

/** Opens clients and closes them, some of them in the midst of a spend. */
async function openAndClose(endpoint: string): Promise<void> {
  const clients = Array.from({ length: AT_ONCE }, () =>
    createCredits({ endpoint, account: "many", getToken: async () => "token" }),
  );
  await Promise.all(clients.map(({ ready }) => ready));
  for (const [at, credits] of clients.entries()) {
    if (at % 10 === 0) credits.spend("image").settled.catch(() => {});
    if (at % 10 === 1) credits.checkoutStatus("none").catch(() => {});
    credits[Symbol.dispose]();
  }
}

/** A network that answers with what the backend said once: a thousand clients are soon served. */
async function echoes(): Promise<Network> {
  await server.grant({ account: "many", credits: 5, reason: "test" });
  const { token } = await server.mintToken("many");
  const read = async (path: string) => {
    const headers = { authorization: `Bearer ${token}` };
    return (await fetch(backend.endpoint + path, { headers })).json();
  };
  const [catalog, snapshot] = [await read("/v1/catalog"), await read("/v1/account")];
  const network = await openNetwork(backend.endpoint);
  network.meddle = (call, response) => {
    if (kindOf(call) === "stream") return tell(response, ["heartbeat", snapshot]);
    if (kindOf(call) === "snapshot") return answer(response, 200, snapshot);
    if (kindOf(call) === "catalog") return answer(response, 200, catalog);
    return true;
  };
  return network;
}

test("a thousand clients leave no memory and no timers behind", async () => {
  const network = await echoes();
  const timersBefore = timers();
  for (let opened = 0; opened < CLIENTS / 10; opened += AT_ONCE) {
    await openAndClose(network.endpoint);
  }
  const memoryBefore = await memory();
  for (let opened = 0; opened < CLIENTS; opened += AT_ONCE) await openAndClose(network.endpoint);
  // A client takes 2 KB at least; what is open at one moment differs by some.
  expect(await memory()).toBeLessThanOrEqual(memoryBefore + 4 * PAGE_BYTES);
  await vi.waitFor(() => expect(timers()).toBeLessThanOrEqual(timersBefore));
  await network.down();
}, 120_000);

test("a stream ends with its client, whatever was collected as garbage meanwhile", async () => {
  const network = await openNetwork(backend.endpoint);
  let streams = 0;
  network.meddle = (call, response) => {
    if (kindOf(call) === "stream") {
      streams += 1;
      response.on("close", () => {
        streams -= 1;
      });
    }
    return false;
  };
  const { token } = await server.mintToken("long");
  const { endpoint } = network;
  const credits = createCredits({ endpoint, account: "long", getToken: async () => token });
  await credits.ready;
  await vi.waitFor(() => expect(streams).toBe(1));
  for (let turn = 0; turn < 5; turn += 1) {
    collectGarbage();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  credits.close();
  await vi.waitFor(() => expect(streams).toBe(0));
  await network.down();
});

test("a client that is closed while it waits leaves nothing behind", async () => {
  vi.spyOn(console, "error").mockReturnValue();
  const before = timers();
  const gone = "http://127.0.0.1:1";
  const credits = createCredits({
    endpoint: gone,
    account: "u_1",
    getToken: async () => "token",
  });
  const tokenless = createCredits({
    endpoint: gone,
    account: "u_1",
    getToken: () => new Promise(() => {}),
  });
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(timers()).toBeGreaterThan(before);
  credits.close();
  tokenless.close();
  await vi.waitFor(() => expect(timers()).toBeLessThanOrEqual(before), { interval: 0 });
  vi.restoreAllMocks();
});

test("a worker thread runs a client, and ends by itself once that is closed", async () => {
  await server.grant({ account: "threaded", credits: 5, reason: "test" });
  const { token } = await server.mintToken("threaded");
  const program = `
    const { parentPort, workerData } = require("node:worker_threads");
    (async () => {
      const { createCredits } = await import(workerData.entry);
      const { endpoint, account, token } = workerData;
      const credits = createCredits({ endpoint, account, getToken: async () => token });
      await credits.ready;
      const spend = credits.spend("image");
      spend.settled.catch(() => {});
      parentPort.postMessage(credits.getSnapshot().shown);
      credits.close();
    })();`;
  const entry = new URL("../dist/index.js", import.meta.url).href;
  const workerData = { entry, endpoint: backend.endpoint, account: "threaded", token };
  const worker = new Worker(program, { eval: true, workerData });
  const told: unknown[] = [];
  worker.on("message", (shown) => told.push(shown));
  const code = await new Promise((resolve, reject) => {
    worker.once("exit", resolve);
    worker.once("error", reject);
  });
  expect([told, code]).toEqual([[4], 0]);
});
