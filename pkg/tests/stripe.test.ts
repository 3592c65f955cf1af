import Stripe from "stripe";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type Backend, PAGE, startBackend } from "./backend.js";
import { STRIPE_KEY, type StripeFake, startStripeFake } from "./stripe-fake.js";

const WEBHOOK_SECRET = "whsec_of_this_test";

let fake: StripeFake;
let backend: Backend;
let stripe: Stripe;

beforeAll(async () => {
  fake = await startStripeFake();
  const { hostname, port } = new URL(fake.url);
  stripe = new Stripe(STRIPE_KEY, {
    host: hostname,
    port,
    protocol: "http",
    maxNetworkRetries: 0,
    telemetry: false,
  });
  const settings = {
    CREDITPACK_STRIPE_SECRET_KEY: STRIPE_KEY,
    CREDITPACK_STRIPE_WEBHOOK_SECRET: `whsec_being_rolled,${WEBHOOK_SECRET}`,
    CREDITPACK_STRIPE_API_BASE: fake.url,
  };
  backend = await startBackend(settings, (config) => config.replace('mode = "test"', ""));
  // It asks Stripe by itself once it has started. What is paid later, it hears from the tests alone.
  await vi.waitFor(async () => expect(await sweeps()).toBe("1"));
});

async function sweeps(): Promise<string | undefined> {
  const headers = { authorization: `Bearer ${backend.secretKey}` };
  const metrics = await (await fetch(`${backend.endpoint}/metrics`, { headers })).text();
  return /^creditpack_payments_total\{what="sweeps"\} (\d+)$/m.exec(metrics)?.[1];
}

afterAll(async () => {
  await backend.stop();
  fake.stop();
});

async function call(path: string, body?: unknown): Promise<Record<string, unknown>> {
  const answer = await fetch(`${backend.endpoint}${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: {
      authorization: `Bearer ${backend.secretKey}`,
      "content-type": "application/json",
    },
    body: body === undefined ? null : JSON.stringify(body),
  });
  expect(answer.ok, `${path}: ${answer.status}`).toBe(true);
  return (await answer.json()) as Record<string, unknown>;
}

const order = (account: string) => ({
  account,
  id: "c_1",
  pack: "starter",
  locale: "fr-CA",
  email: "ann@example.com",
  success_url: `${PAGE}/done`,
  cancel_url: PAGE,
});

/** Orders five credits; the session that they are paid in. */
async function session(account: string): Promise<string> {
  const { url } = await call("/v1/checkouts", order(account));
  return String(url).split("/").at(-1) ?? "";
}

const settled = async (account: string) => (await call(`/v1/account?account=${account}`)).settled;

/** A purchase as the vendor's own types have its parameters. */
const params = (expires_at: number, metadata: Record<string, string>) =>
  ({
    mode: "payment",
    ui_mode: "hosted_page",
    line_items: [
      {
        quantity: 1,
        price_data: { currency: "usd", unit_amount: 400, product_data: { name: "Starter" } },
      },
    ],
    client_reference_id: metadata.account ?? "",
    customer_email: "ann@example.com",
    locale: "fr-CA",
    success_url: `${PAGE}/done?checkout=c_1`,
    cancel_url: PAGE,
    expires_at,
    metadata,
    payment_intent_data: { metadata },
  }) satisfies Stripe.Checkout.SessionCreateParams;

const soon = () => Math.floor(Date.now() / 1000) + 3600;

test("what the backend sends is what the vendor's client sends", async () => {
  await session("u_params");
  const creates = async () =>
    (await fake.asked()).filter((it) => it.method === "POST" && it.path.endsWith("/sessions"));
  const ours = (await creates()).at(-1);
  const form = ours?.form ?? {};
  const metadata = Object.fromEntries(
    Object.entries(form).flatMap(([name, value]) => {
      const key = /^metadata\[(\w+)\]$/.exec(name)?.[1];
      return key === undefined ? [] : [[key, value]];
    }),
  );
  expect(Object.keys(metadata)).toEqual(
    expect.arrayContaining(["instance", "purchase", "account", "pack", "credits"]),
  );
  await stripe.checkout.sessions.create(params(Number(form.expires_at), metadata));
  const theirs = (await creates()).at(-1);
  expect(form).toEqual(theirs?.form);
  expect(ours?.version).toBe(theirs?.version);
});

test("the stand-in takes what the vendor's client sends, and answers as it reads", async () => {
  const made = await stripe.checkout.sessions.create(params(soon(), { account: "u" }), {
    idempotencyKey: "key_1",
  });
  expect(made).toMatchObject({ object: "checkout.session", status: "open", amount_total: 400 });
  const again = await stripe.checkout.sessions.create(params(made.expires_at, { account: "u" }), {
    idempotencyKey: "key_1",
  });
  expect(again.id).toBe(made.id);
  await fake.tell("pay", made.id);
  const paid = await stripe.checkout.sessions.retrieve(made.id, { expand: ["payment_intent"] });
  const payment = paid.payment_intent as Stripe.PaymentIntent;
  expect([paid.payment_status, payment.status]).toEqual(["paid", "succeeded"]);
  const found = await stripe.checkout.sessions.list({ payment_intent: payment.id, limit: 1 });
  expect(found.data.map((it) => it.id)).toEqual([made.id]);
  const refund = await stripe.refunds.create({ payment_intent: payment.id, amount: 100 });
  expect(refund).toMatchObject({ object: "refund", amount: 100, status: "succeeded" });
  const other = await stripe.checkout.sessions.create(params(soon(), { account: "v" }));
  expect((await stripe.checkout.sessions.expire(other.id)).status).toBe("expired");
  const types = [
    "checkout.session.completed",
    "checkout.session.expired",
    "refund.created",
  ] satisfies Stripe.EventListParams["types"];
  const told: string[] = [];
  for await (const event of stripe.events.list({ types, limit: 2 })) told.push(event.type);
  const newestFirst = ["checkout.session.expired", "refund.created", "checkout.session.completed"];
  expect(told).toEqual(newestFirst);
});

test("the stand-in refuses what the vendor refuses", async () => {
  const create = (extra: object, options?: Stripe.RequestOptions) =>
    stripe.checkout.sessions.create({ ...params(soon(), { account: "u" }), ...extra }, options);
  await expect(create({ payment_method_types: ["card"] })).rejects.toMatchObject({
    type: "StripeInvalidRequestError",
    code: "parameter_unknown",
    param: "payment_method_types[0]",
  });
  await expect(create({ ui_mode: "hosted" })).rejects.toMatchObject({ param: "ui_mode" });
  await expect(create({ expires_at: 1 })).rejects.toMatchObject({ param: "expires_at" });
  await create({}, { idempotencyKey: "key_2" });
  await expect(create({ locale: "de" }, { idempotencyKey: "key_2" })).rejects.toMatchObject({
    type: "StripeIdempotencyError",
  });
  await expect(stripe.checkout.sessions.retrieve("cs_none")).rejects.toMatchObject({
    statusCode: 404,
    code: "resource_missing",
  });
});

test("signatures of the vendor's client are believed, once", async () => {
  const event = await fake.tell("pay", await session("u_signed"));
  const payload = JSON.stringify(event);
  const deliver = async (secret: string) => {
    const header = stripe.webhooks.generateTestHeaderString({ payload, secret });
    const answer = await fetch(`${backend.endpoint}/v1/webhooks/stripe`, {
      method: "POST",
      headers: { "stripe-signature": header },
      body: payload,
    });
    return answer.status;
  };
  expect(await deliver("whsec_of_another")).toBe(400);
  expect(await settled("u_signed")).toBe(0);
  for (let times = 0; times < 3; times += 1) expect(await deliver(WEBHOOK_SECRET)).toBe(200);
  expect(await settled("u_signed")).toBe(5);
});

test("the vendor's client believes what test mode signs", async () => {
  const payload = JSON.stringify({ id: "evt_1", object: "event", type: "refund.created" });
  const header = await fake.sign(payload, WEBHOOK_SECRET);
  const read = (secret: string) => stripe.webhooks.constructEvent(payload, header, secret);
  expect(read(WEBHOOK_SECRET).id).toBe("evt_1");
  expect(() => read("whsec_of_another")).toThrow(/signature/);
});

test("the landing page settles what no webhook told", async () => {
  const paid = await session("u_landing");
  await fake.tell("pay", paid);
  const checkout = await call("/v1/checkouts/c_1?account=u_landing");
  expect(checkout).toMatchObject({ status: "paid", url: null, credits: 5 });
  expect(await settled("u_landing")).toBe(5);
});
