// The elements in a stand-in for a page, with the real backend behind them.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import type { CreditBalance, CreditPacks, CreditProvider } from "../src/elements/index.js";
import { createCreditsServer } from "../src/server/index.js";
import { guard } from "../src/trap.js";
import { type Backend, startBackend } from "./backend.js";
import { openPage, type PageElement } from "./page.js";

let backend: Backend;
let tokens: Server;
let tokenUrl: string;
let body: PageElement;

beforeAll(async () => {
  backend = await startBackend();
  const server = createCreditsServer(backend);
  for (const [account, credits] of [
    ["u_1", 5],
    ["u_2", 7],
  ] as const) {
    await server.grant({ account, credits, reason: "test" });
  }
  tokens = createServer(async ({ url = "" }, response) => {
    response.end(JSON.stringify(await server.mintToken(url.slice(1))));
  });
  await new Promise<void>((resolve) => tokens.listen(0, "127.0.0.1", resolve));
  tokenUrl = `http://127.0.0.1:${(tokens.address() as AddressInfo).port}`;
  body = openPage();
  await import("../src/elements/index.js");
});
afterEach(() => body.replaceChildren());
afterAll(async () => {
  tokens.close();
  await backend.stop();
});

type Shown<T> = T & PageElement;

function make<T>(name: string, attributes: Record<string, string> = {}): Shown<T> {
  const element = document.createElement(name) as unknown as Shown<T>;
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

/** A provider of `account`'s credits, not in the page yet, and the balance in it. */
function balanceOf(account: string, tokenOf = account) {
  const endpoint = backend.endpoint;
  const attributes = { endpoint, account, "token-url": `${tokenUrl}/${tokenOf}` };
  const provider = make<CreditProvider>("credit-provider", attributes);
  const balance = make<CreditBalance>("credit-balance");
  provider.append(balance);
  const part = (name: string) => balance.partOf(name);
  const note = () => (part("note")?.hidden ? undefined : part("note")?.textContent);
  const amount = () => part("value")?.parentNode as PageElement | null | undefined;
  const isNumberShown = () => amount()?.hidden === false;
  return { provider, balance, part, note, isNumberShown };
}

test("an endpoint that is no address is told, and nothing is thrown", async () => {
  const told = vi.spyOn(console, "error").mockReturnValue();
  const attributes = { endpoint: "http://", account: "u_1", "token-url": tokenUrl };
  const provider = make<CreditProvider>("credit-provider", attributes);
  const errors: unknown[] = [];
  provider.addEventListener("credit-error", (event) => errors.push((event as CustomEvent).detail));
  body.append(provider);
  await vi.waitFor(() => expect(errors).toHaveLength(1));
  expect(errors).toMatchObject([{ code: "invalid_request", field: "endpoint" }]);
  expect(provider.credits).toBeUndefined();
  expect(told).toHaveBeenCalledTimes(1);
  told.mockRestore();
});

test("a provider's words may be set before it is defined, and again later", async () => {
  const { provider, balance, note } = balanceOf("u_1");
  // What a page's script leaves on an element that is not defined yet.
  const own = { configurable: true, enumerable: true, writable: true };
  Object.defineProperty(provider, "messages", { ...own, value: { noteIdle: "to spend" } });
  body.append(provider);
  expect(balance.messages).toEqual({ noteIdle: "to spend" });
  await vi.waitFor(() => expect(note()).toBe("to spend"));
  provider.messages = { noteIdle: "in stock" };
  expect(note()).toBe("in stock");
});

test("the dialog of a balance follows its client while it is open", async () => {
  const { provider, balance, part } = balanceOf("u_1");
  body.append(provider);
  await vi.waitFor(() => expect(part("value")?.textContent).toBe("5"));
  part("base")?.dispatchEvent(new Event("click"));
  let dialog: Shown<CreditPacks> | undefined;
  balance.walk((node) => {
    if (node.getAttribute("variant") === "dialog") dialog = node as Shown<CreditPacks>;
  });
  expect(dialog?.credits).toBe(provider.credits);
  const before = provider.credits;
  provider.setAttribute("token-url", `${tokenUrl}/u_2`);
  provider.setAttribute("account", "u_2");
  await vi.waitFor(() => expect(part("value")?.textContent).toBe("7"));
  expect(provider.credits).not.toBe(before);
  expect(dialog?.credits).toBe(provider.credits);
});

test("a client that cannot work says so before it has shown a number", async () => {
  const told = vi.spyOn(console, "error").mockReturnValue();
  const { provider, part, note, isNumberShown } = balanceOf("u_1", "u_2");
  body.append(provider);
  await vi.waitFor(() => expect(note()).toBe("Not available"));
  expect(isNumberShown()).toBe(false);
  expect(part("base")?.ariaLabel).toBe("Credits cannot be shown on this page.");
  told.mockRestore();
});

// The last test: nothing enters the module of this file after it.
test("a client that breaks takes its number away and says so", async () => {
  const { provider, note, isNumberShown } = balanceOf("u_1");
  body.append(provider);
  await vi.waitFor(() => expect(note()).toBe("available"));
  expect(isNumberShown()).toBe(true);
  const trap = () => {
    throw new WebAssembly.RuntimeError("unreachable");
  };
  expect(() => guard(trap)).toThrow(expect.objectContaining({ code: "internal" }));
  await vi.waitFor(() => expect(note()).toBe("Not available"));
  expect(isNumberShown()).toBe(false);
});
