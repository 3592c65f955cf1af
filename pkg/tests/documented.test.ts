// Runs every example of docs/protocol.md, in its order, against a new backend.
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Backend, startBackend } from "./backend.js";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const page = read("docs/protocol.md");

/** The page's shell variables, but for those that a shell computes. */
const variables = new Map(
  [...page.matchAll(/^(?:\$ )?([A-Z]\w*)=('[^']*'|"[^"]*"|\S+)$/gm)].map(([, name, text]) => [
    name,
    text?.replace(/^(['"])(.*)\1$/s, "$2"),
  ]),
);
const webhookSecret = /-hmac (\S+)/.exec(page)?.[1] ?? "";
const now = Date.now();
const computed: Record<string, () => string> = {
  NOW: () => String(now),
  T: () => String(Math.floor(now / 1000)),
  V1: () =>
    createHmac("sha256", webhookSecret)
      .update(renamed(filled("$T.$EVENT")))
      .digest("hex"),
};

interface Example {
  readonly title: string | undefined;
  readonly command: string;
  readonly answer: string;
}

const examples: Example[] = [...page.matchAll(/```console\n(.*?)```/gs)]
  .flatMap(([, fence = ""]) => fence.split(/^\$ /m))
  .filter((example) => example.startsWith("curl "))
  .map((example) => {
    const [command = "", answer = ""] = example.split(/\n(?=HTTP\/1\.1 )/);
    return { title: /\$URL([^\s"]*)/.exec(command)?.[1], command, answer: laidOut(answer) };
  });

/** What is called otherwise in this run than on the page. */
const names = new Map<string, string>();
let backend: Backend;

beforeAll(async () => {
  backend = await startBackend({
    CREDITPACK_STRIPE_WEBHOOK_SECRET: webhookSecret,
    CREDITPACK_ALLOWED_ORIGINS: "http://localhost:3000",
  });
  names.set(variables.get("URL") ?? "", backend.endpoint);
});
afterAll(() => backend.stop());

test.each(examples)("$title", async ({ command, answer }) => {
  const response = await send(command);
  const actual = laidOut(await told(response, answer));
  learn(answer, actual);
  expect(withoutTimes(actual)).toBe(withoutTimes(renamed(answer)));
});

test("the table of refusals is that of the code", () => {
  const verdicts: Record<string, string> = { NoVerdict: "no", Verdict: "yes", Unknown: "unknown" };
  const coded = read("src/error.rs").matchAll(/ = "(\w+)", (\d+), (\w+);/g);
  const rows = page.matchAll(/^\| (\d+) \| `(\w+)` \| (\w+) \|/gm);
  expect([...rows].map(([, status, code, verdict]) => [code, status, verdict])).toEqual(
    [...coded].map(([, code, status, finality = ""]) => [code, status, verdicts[finality]]),
  );
});

/** Sends what a `curl` command would send. */
function send(command: string): Promise<Response> {
  const given = words(command);
  const after = (option: string) => given.filter((_, at) => given[at - 1] === option);
  const [body] = after("-d");
  const headers = new Headers();
  if (body) headers.set("content-type", "application/x-www-form-urlencoded");
  for (const header of after("-H")) {
    const [name = "", value = ""] = header.split(": ");
    headers.set(name, value);
  }
  const url = given.find((word) => word.startsWith(backend.endpoint)) ?? "";
  return fetch(url, { redirect: "manual", headers, ...(body && { method: "POST", body }) });
}

/** The words of a command as a shell reads them, for as much of a shell as the page uses. */
function words(command: string): string[] {
  const quoted = /'([^']*)'|"([^"]*)"|([^\s'"]+)/g;
  const found = command.match(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g) ?? [];
  const read = (_: string, plain?: string, inQuotes?: string, bare = "") =>
    plain ?? filled(inQuotes ?? bare);
  return found.map((word) => renamed(word.replace(quoted, read)));
}

function filled(text: string): string {
  const value = (name: string) => computed[name]?.() ?? variables.get(name) ?? "";
  return text.replace(/\$(\w+)/g, (_, name) => value(name));
}

/** An answer as the page writes it: status, the headers that the page shows, and the body. */
async function told(response: Response, documented: string): Promise<string> {
  const [head = "", ...events] = documented.split("\n\n");
  const [, ...headers] = head.split("\n").map((line) => line.replace(/: .*/, ""));
  const lines = headers.map((name) => `\n${name}: ${response.headers.get(name)}`);
  const status = `HTTP/1.1 ${response.status} ${response.statusText}`;
  const isStream = response.headers.get("content-type") === "text/event-stream";
  const body = isStream ? await firstEvents(response, events.length) : await response.text();
  return `${status}${lines.join("")}\n\n${body}`;
}

async function firstEvents(response: Response, count: number): Promise<string> {
  let text = "";
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    if (text.split("\n\n").length > count) break;
  }
  return text;
}

/** An answer with its JSON laid out in one way. */
function laidOut(answer: string): string {
  const reindent = (json: string) => JSON.stringify(JSON.parse(json), undefined, 2);
  return answer.trim().replace(/^\{.*$/ms, reindent);
}

/** Learns what this run calls the tokens, epochs, digests, purchases, sessions and receipts of the page. */
function learn(documented: string, actual: string): void {
  const varying =
    /eyJ[\w.-]+…?|\b[0-7][0-9A-HJKMNP-TV-Z]{25}\b|\b[0-9a-f]{24}\b|\b(?:pur|cs_test)_\w+|(?<=\/r\/)[\w-]{22}/g;
  const found = actual.match(varying) ?? [];
  for (const [at, name] of (documented.match(varying) ?? []).entries()) {
    if (!names.has(name)) names.set(name, found[at] ?? name);
  }
}

function renamed(text: string): string {
  return [...names].reduce((renaming, [name, here]) => renaming.replaceAll(name, here), text);
}

function withoutTimes(text: string): string {
  return text.replace(/\b1\d{12}\b/g, "(a time)");
}
