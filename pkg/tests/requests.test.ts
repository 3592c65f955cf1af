// Very many spends at once, and how many requests they make of the backend.
import { afterAll, expect, test, vi } from "vitest";
import { createCredits } from "../src/index.js";
import { createCreditsServer } from "../src/server/index.js";
import { startBackend } from "./backend.js";
import { openNetwork } from "./network.js";
import { watchUnderWay } from "./under-way.js";

const SPENDS = 40;
/** `REQUESTS_MAX` of the rules. */
const REQUESTS_MAX = 4;

const backend = await startBackend();
const network = await openNetwork(backend.endpoint);
afterAll(async () => {
  await network.down();
  await backend.stop();
});

test("spends made at once are asked for a few at a time, and all of them are", async () => {
  const account = "many";
  const server = createCreditsServer(backend);
  await server.grant({ account, credits: SPENDS, reason: "test" });
  const most = watchUnderWay("/holds");
  const credits = createCredits({
    endpoint: network.endpoint,
    account,
    getToken: async () => (await server.mintToken(account)).token,
  });
  await credits.ready;
  for (let at = 0; at < SPENDS; at += 1) credits.spend("draft");
  expect(credits.getSnapshot()).toMatchObject({ shown: 0, pending: SPENDS });
  await vi.waitFor(() => expect(credits.getSnapshot()).toMatchObject({ held: SPENDS }), 20_000);
  expect(network.count("holds")).toBe(SPENDS);
  expect(most()).toBe(REQUESTS_MAX);
  credits.close();
  vi.unstubAllGlobals();
});
