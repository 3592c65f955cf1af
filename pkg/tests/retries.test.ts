import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { createCreditsServer, type Unsettled } from "../src/server/index.js";
import { retryAfterMs } from "../src/server/retry-after.js";

/** What the network makes of each call, in order; the last answer stands for all later ones. */
type Step = (call: Call, response: ServerResponse) => void;
interface Call {
  readonly path: string;
  readonly body: Record<string, unknown>;
}

let network: Server | undefined;
afterEach(() => network?.close());

/** A server behind a bad network that follows `script`; also the calls that reached it. */
async function behind(script: Record<string, readonly Step[]>) {
  const calls: Call[] = [];
  const unsettled: Unsettled[] = [];
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks = await request.toArray();
    const call = { path: request.url ?? "", body: JSON.parse(Buffer.concat(chunks).toString()) };
    const verb = call.path.split("/").at(-1) ?? "";
    const earlier = calls.filter(({ path }) => path.endsWith(verb)).length;
    calls.push(call);
    const steps = script[verb] ?? [];
    (steps[earlier] ?? steps.at(-1) ?? json(404, { code: "not_found" }))(call, response);
  };
  network = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => network?.listen(0, "127.0.0.1", resolve));
  const { port } = network.address() as AddressInfo;
  const server = createCreditsServer({
    endpoint: `http://127.0.0.1:${port}`,
    secretKey: "sk_test",
    onUnsettled: (one) => unsettled.push(one),
  });
  return { server, calls, unsettled };
}

function json(status: number, body: object, headers: Record<string, string> = {}): Step {
  return (call, response) => {
    const withOp = { op: call.body.op ?? "op", verdict: "applied", version: 1, ...body };
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(JSON.stringify(withOp));
  };
}

const dropped: Step = (_, response) => void response.destroy();
const held = (lifetimeMs = 60_000) =>
  ({
    operation: "image",
    credits: 1,
    state: "held",
    expires_at_ms: Date.now() + lifetimeMs,
  }) as const;
const captured = json(200, { state: "captured", credits: 1 });
const work = { account: "u_1", operation: "image" };

test("a hold whose answer was lost is asked for again under the same op and claim", async () => {
  const { server, calls } = await behind({
    holds: [dropped, json(503, { code: "store_unavailable" }), json(200, held())],
    claim: [json(200, held())],
    capture: [captured],
  });
  const { result } = await server.withCredits(work, () => "done");
  expect(result).toBe("done");
  const holds = calls.filter(({ path }) => path === "/v1/holds");
  expect(holds).toHaveLength(3);
  expect(new Set(holds.map(({ body }) => `${body.op} ${body.claim}`)).size).toBe(1);
  expect(calls.at(-2)?.body.claim).toBe(holds[0]?.body.claim);
});

test("a replayed hold of another run's is not worked on", async () => {
  const { server } = await behind({
    holds: [json(200, held())],
    claim: [json(409, { code: "hold_claimed" })],
  });
  await expect(server.withCredits(work, () => "done")).rejects.toMatchObject({
    code: "hold_claimed",
    status: 409,
  });
});

test("a refusal is not asked again", async () => {
  const { server, calls } = await behind({
    holds: [json(402, { code: "insufficient_credits", required: 1, available: 0 })],
  });
  await expect(server.withCredits(work, () => "done")).rejects.toMatchObject({ required: 1 });
  expect(calls).toHaveLength(1);
});

test("an overloaded backend is given the time it asks for", async () => {
  const { server } = await behind({
    holds: [json(503, { code: "overloaded" }, { "retry-after": "1" }), json(201, held())],
    capture: [captured],
  });
  const startedMs = performance.now();
  await server.withCredits(work, () => "done");
  expect(performance.now() - startedMs).toBeGreaterThanOrEqual(1000);
});

test("a time to wait may be a date, by the backend's clock", () => {
  const asks = (headers: HeadersInit) => retryAfterMs(new Headers(headers));
  const [date, later] = ["Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:41 GMT"];
  expect(asks({ "retry-after": later, date })).toBe(4000);
  expect(asks({ "retry-after": date, date: later })).toBeUndefined();
  const soon = new Date(Date.now() + 5000).toUTCString();
  expect(asks({ "retry-after": soon })).toBeGreaterThan(3000);
  expect([asks({ "retry-after": "2" }), asks({ "retry-after": "0" })]).toEqual([2000, 0]);
  for (const odd of ["", "soon", "-3", "1.5e3"])
    expect(asks({ "retry-after": odd })).toBeUndefined();
  expect(asks({})).toBeUndefined();
});

test("an overloaded backend that names a date is left alone until then", async () => {
  const date = new Date().toUTCString();
  const until = new Date(Date.parse(date) + 1000).toUTCString();
  const { server } = await behind({
    holds: [json(503, { code: "overloaded" }, { "retry-after": until, date }), json(201, held())],
    capture: [captured],
  });
  const startedMs = performance.now();
  await server.withCredits(work, () => "done");
  expect(performance.now() - startedMs).toBeGreaterThanOrEqual(1000);
});

test("the hold is extended at half its life while the work runs", async () => {
  let extended = () => {};
  const twice = new Promise<void>((resolve) => {
    let times = 0;
    extended = () => ++times === 2 && resolve();
  });
  const { server, calls } = await behind({
    holds: [json(201, held(1000))],
    extend: [
      (call, response) => {
        extended();
        json(200, held(1000))(call, response);
      },
    ],
    capture: [captured],
  });
  await server.withCredits(work, () => twice);
  const verbs = calls.map(({ path }) => path.split("/").at(-1));
  expect(verbs).toEqual(["holds", "extend", "extend", "capture"]);
});

test("work whose hold ended under it is told to stop", async () => {
  const { server, unsettled } = await behind({
    holds: [json(201, held(500))],
    extend: [json(409, { code: "hold_expired" })],
    release: [json(409, { code: "hold_expired" })],
  });
  const running = server.withCredits(
    work,
    ({ signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
      }),
  );
  await expect(running).rejects.toMatchObject({ code: "hold_expired" });
  expect(unsettled).toEqual([]);
});

test("finished work is delivered even if its capture is refused, which is reported", async () => {
  const { server, unsettled } = await behind({
    holds: [json(201, held())],
    capture: [json(409, { code: "hold_expired" })],
  });
  const done = await server.withCredits(work, () => "done");
  expect(done).toMatchObject({ result: "done", unsettled: { code: "hold_expired" } });
  expect(unsettled).toMatchObject([{ account: "u_1", ending: "capture" }]);
});

test("a hold that is being given back is not extended any more", async () => {
  const { server, calls } = await behind({
    holds: [json(201, held(600))],
    extend: [json(200, held(600))],
    release: [
      json(503, { code: "overloaded" }, { "retry-after": "1" }),
      json(200, { state: "released" }),
    ],
  });
  const failing = server.withCredits(work, () => Promise.reject(new Error("no picture")));
  await expect(failing).rejects.toThrow("no picture");
  const verbs = calls.map(({ path }) => path.split("/").at(-1));
  expect(verbs).toEqual(["holds", "release", "release"]);
});
