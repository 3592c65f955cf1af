// A product written without TypeScript, or in a hurry: what it gets wrong it is told, and nothing else
// breaks.
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { type Credits, type CreditsOptions, createCredits } from "../src/index.js";
import { type CreditsServer, createCreditsServer } from "../src/server/index.js";
import { type Backend, startBackend } from "./backend.js";

let backend: Backend;
let server: CreditsServer;
let accounts = 0;
const opened: Credits[] = [];

beforeAll(async () => {
  backend = await startBackend();
  server = createCreditsServer(backend);
});
afterEach(() => {
  vi.restoreAllMocks();
  for (const credits of opened.splice(0)) credits.close();
});
afterAll(() => backend.stop());

/** A client of an account of its own that has 5 credits, with options that may be anything. */
async function open(options: Record<string, unknown> = {}): Promise<Credits> {
  accounts += 1;
  const account = `misuse_${accounts}`;
  await server.grant({ account, credits: 5, reason: "test" });
  const getToken = async () => (await server.mintToken(account)).token;
  const right: CreditsOptions = { endpoint: backend.endpoint, account, getToken };
  const credits = createCredits({ ...right, ...options });
  opened.push(credits);
  return credits;
}

const refusal = (code: string, field?: string) =>
  expect.objectContaining(field === undefined ? { code } : { code, field });

test.each([undefined, null, 5, { operation: "image" }])(
  "an operation named %s is refused, and the client works on",
  async (name) => {
    const credits = await open();
    await credits.ready;
    const { spend, announce, canSpend } = credits;
    const unknown = refusal("unknown_operation");
    expect(() => Reflect.apply(spend, undefined, [name])).toThrow(unknown);
    expect(() => Reflect.apply(announce, undefined, [name])).toThrow(unknown);
    expect(Reflect.apply(canSpend, undefined, [name])).toBe(false);
    expect(credits.fault).toBeUndefined();
    credits.spend("image").cancel();
  },
);

test.each([
  undefined,
  null,
  5,
  new URL("http://localhost"),
  "credits.example",
  "http://user:password@localhost",
])("an endpoint that is %s is the client's fault", async (endpoint) => {
  const credits = await open({ endpoint });
  await expect(credits.ready).rejects.toEqual(refusal("invalid_request", "endpoint"));
});

test.each([
  ["the page of a sign-in", "<!doctype html>\n<title>Sign in</title>"],
  ["no token", ""],
  ["a word that no header can carry", "tök€n"],
])("a getToken that gives %s is told of, and asked again", async (_, wrong) => {
  const told = vi.spyOn(console, "error").mockReturnValue();
  const account = "misuse_token";
  await server.grant({ id: account, account, credits: 5, reason: "test" });
  let asked = 0;
  const getToken = async () => {
    asked += 1;
    return asked === 1 ? wrong : (await server.mintToken(account)).token;
  };
  const credits = await open({ account, getToken });
  await credits.ready;
  expect(told.mock.calls).toMatchObject([[expect.stringContaining("getToken"), {}]]);
  expect(credits.getSnapshot().shown).toBe(5);
});

test.each([
  ["spent", -1],
  ["spent", 0.5],
  ["spentDays", -1],
  ["spentDays", 1.5],
  ["spentDays", 2 ** 32 + 1],
  ["lastDays", -1],
  ["lastDays", Number.NaN],
  ["lastDays", 2 ** 32],
])("a top-up whose %s is %d is refused", async (field, value) => {
  const credits = await open();
  await credits.ready;
  const use = { spent: 7, spentDays: 7, lastDays: 30, [field]: value };
  expect(() => credits.topUp(use)).toThrow(refusal("invalid_request", field));
});

test.each([0, 10_001, 2 ** 32 + 1, -1, 0.5])(
  "a quantity of %d is refused by its rule",
  async (n) => {
    const credits = await open();
    await credits.ready;
    const error = expect.objectContaining({
      code: "invalid_request",
      field: "quantity",
      message: expect.stringMatching(/^quantity must be /),
    });
    expect(() => credits.spend("image", { quantity: n })).toThrow(error);
  },
);

test("a closed client says that it is closed, also to who would buy", async () => {
  const credits = await open();
  await credits.ready;
  credits.close();
  await expect(credits.quote("starter")).rejects.toEqual(refusal("closed"));
  await expect(credits.checkout("starter")).rejects.toEqual(refusal("closed"));
});
