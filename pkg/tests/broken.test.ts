// A module that does not load at first, and then traps: in a file, and so a module, of its own.
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { Client } from "../src/generated/creditpack.js";
import { createCredits } from "../src/index.js";
import { createCreditsServer } from "../src/server/index.js";
import { guard } from "../src/trap.js";
import { type Backend, startBackend } from "./backend.js";

let backend: Backend;
beforeAll(async () => {
  backend = await startBackend();
});
afterAll(() => backend.stop());

/** As much of a page as a client listens to. */
function page() {
  const document = Object.assign(new EventTarget(), {
    visibilityState: "visible",
    documentElement: { lang: "en" },
  });
  const window = new EventTarget();
  vi.stubGlobal("window", window);
  vi.stubGlobal("document", document);
  vi.stubGlobal("navigator", { onLine: true, language: "en" });
  return { window, document };
}

test("a client starts again after a failed load; after a trap nothing enters the module", async () => {
  const { window, document } = page();
  const server = createCreditsServer(backend);
  const account = "user_1";
  await server.grant({ account, credits: 5, reason: "test" });
  const getToken = vi.fn(async () => (await server.mintToken(account)).token);
  const noPolicy = new Error("the page's policy forbids it");
  vi.spyOn(WebAssembly, "instantiate").mockRejectedValueOnce(noPolicy);
  const credits = createCredits({ endpoint: backend.endpoint, account, getToken });
  const failed = credits.ready;
  await expect(failed).rejects.toMatchObject({ code: "internal" });
  expect(credits.fault).toMatchObject({ code: "internal" });

  credits.refresh();
  expect(credits.ready).not.toBe(failed);
  await credits.ready;
  expect(credits.fault).toBeUndefined();
  expect(credits.getSnapshot()).toMatchObject({ phase: "settled", shown: 5 });

  const uncaught = vi.fn();
  process.on("uncaughtException", uncaught);
  const stop = new AbortController();
  const spend = credits.spend("image", { signal: stop.signal });
  const heard = vi.fn();
  credits.subscribe(heard);
  const unreachable = () => {
    throw new WebAssembly.RuntimeError("unreachable");
  };
  expect(() => guard(unreachable)).toThrow(expect.objectContaining({ code: "internal" }));
  await Promise.resolve();
  expect(heard).toHaveBeenCalled();
  const { fault } = credits;
  expect(fault).toMatchObject({ code: "internal" });

  const methods = ["online", "visible", "refresh", "cancel", "canSpend", "view", "spend", "close"];
  const entered = methods.map((name) => vi.spyOn(Client.prototype, name as "online"));
  window.dispatchEvent(new Event("offline"));
  window.dispatchEvent(new Event("pagehide"));
  document.dispatchEvent(new Event("visibilitychange"));
  stop.abort();
  spend.cancel();
  credits.refresh();
  await expect(credits.ready).rejects.toBe(fault);
  expect(credits.canSpend("image")).toBe(false);
  expect(() => credits.spend("image")).toThrow(expect.objectContaining({ code: "internal" }));
  expect(credits.getSnapshot().shown).toBe(4);
  expect(credits.packs()).toEqual([]);
  const asked = getToken.mock.calls.length;
  await server.grant({ account, credits: 5, reason: "an event of the stream" });
  await new Promise((resolve) => setTimeout(resolve, 1200));
  credits.close();
  process.off("uncaughtException", uncaught);
  for (const method of entered) expect(method).not.toHaveBeenCalled();
  expect(getToken).toHaveBeenCalledTimes(asked);
  expect(uncaught).not.toHaveBeenCalled();
});
