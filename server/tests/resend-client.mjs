// What Resend's own client makes of the stand-in that creditpackd is tested against: the same
// answers, errors and headers as of Resend, so that a test that passes here says something.
import assert from "node:assert/strict";

import { Resend } from "resend";

const [baseUrl, key] = process.argv.slice(2);
const resend = new Resend(key, { baseUrl });
const email = {
  from: "Prints <receipts@prints.example>",
  to: "buyer@example.com",
  subject: "Your receipt",
  html: "<p>Receipt",
  text: "Receipt",
  replyTo: "help@prints.example",
  headers: { "Auto-Submitted": "auto-generated", "Content-Language": "en" },
};
const send = (changes, idempotencyKey = "receipt/pur_1") =>
  resend.emails.send({ ...email, ...changes }, { idempotencyKey });

/** Asserts that sending fails by that name, with that status. */
async function fails(sent, statusCode, name) {
  const { data, error, headers } = await sent;
  assert.equal(data, null);
  assert.deepEqual([error.statusCode, error.name], [statusCode, name], error.message);
  assert.ok(error.message.length > 0);
  return headers;
}

// Three that go wrong, as the test has asked for.
const headers = await fails(send(), 429, "rate_limit_exceeded");
assert.equal(headers["retry-after"], "7");
await fails(send(), 500, "internal_server_error");
await fails(send(), 422, "invalid_parameter");

const first = await send();
assert.equal(first.error, null);
assert.match(first.data.id, /^[0-9a-f-]{36}$/);
// The same again is the same mail; another under its key is refused.
assert.equal((await send()).data.id, first.data.id);
await fails(send({ text: "Other" }), 409, "invalid_idempotent_request");

// What Resend refuses.
await fails(send({ html: undefined, text: undefined }, "a"), 422, "missing_required_field");
await fails(send({ to: undefined }, "b"), 422, "missing_required_field");
await fails(send({ replyTo: 5 }, "c"), 400, "validation_error");
await fails(send({}, "k".repeat(257)), 400, "invalid_idempotency_key");
const stranger = new Resend("re_wrong", { baseUrl });
await fails(stranger.emails.send(email), 403, "invalid_api_key");
