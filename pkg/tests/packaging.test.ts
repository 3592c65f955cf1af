import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { rolldown } from "rolldown";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
let project: string;
let installed: string;

/** The packed package, unpacked where a product would have it. */
beforeAll(() => {
  if (!existsSync(join(root, "dist"))) throw new Error("run `npm run build -w pkg` first");
  project = mkdtempSync(join(tmpdir(), "creditpack-consumer-"));
  installed = join(project, "node_modules", "creditpack");
  mkdirSync(installed, { recursive: true });
  const pack = ["pack", "--ignore-scripts", "--json", "--pack-destination", project];
  const packed = JSON.parse(execFileSync("npm", pack, { cwd: root, encoding: "utf8" }));
  const [{ filename }] = Array.isArray(packed) ? packed : Object.values(packed);
  execFileSync("tar", ["xzf", join(project, filename), "-C", installed, "--strip-components=1"]);
  const dependency = dirname(dirname(fileURLToPath(import.meta.resolve("idb-keyval"))));
  symlinkSync(dependency, join(project, "node_modules", "idb-keyval"));
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

/** Runs `code` as an ES module of a product that has the package installed. */
function run(code: string): string {
  const args = ["--input-type=module", "--eval", code];
  return execFileSync(process.execPath, args, { cwd: project, encoding: "utf8" }).trim();
}

test("the package imports in Node and loads its Wasm without a file or a fetch", () => {
  const code = `
    import { init, createCredits, formatMoney } from "creditpack";
    globalThis.fetch = () => { throw new Error("no fetch"); };
    await init();
    await init();
    const money = { amountMinor: 1200, currency: "usd", digits: 2 };
    console.log(typeof createCredits, formatMoney(money, "en"));`;
  expect(run(code)).toBe("function $12.00");
});

test("in a bundle that is no module, and knows no place of its own, it loads as well", async () => {
  const entry = join(project, "script.mjs");
  writeFileSync(entry, `import { init } from "creditpack"; init().then(() => console.log("in"));`);
  const bundle = await rolldown({ input: entry, logLevel: "silent" });
  const file = join(project, "script.cjs");
  await bundle.write({ file, format: "iife", codeSplitting: false });
  await bundle.close();
  expect(execFileSync(process.execPath, [file], { encoding: "utf8" }).trim()).toBe("in");
});

test("the server's side imports alone", () => {
  const code = `
    import { createCreditsServer, uuidv7 } from "creditpack/server";
    const server = createCreditsServer({ endpoint: "http://localhost", secretKey: "sk_1" });
    console.log(typeof server.withCredits, uuidv7().length);`;
  expect(run(code)).toBe("function 36");
});

test("the workbench imports alone, and loads its own Wasm without a file or a fetch", () => {
  const code = `
    globalThis.fetch = () => { throw new Error("no fetch"); };
    const { openWorkbench, previewCredits } = await import("creditpack/workbench");
    const workbench = await openWorkbench();
    const [problem] = workbench.problems({ currency: "usd", low_at: -1 });
    const catalog = workbench.publicCatalog({ currency: "usd" });
    const credits = previewCredits(workbench, { catalog, situation: { settled: 3 } });
    console.log(problem.place, credits.getSnapshot().shown);`;
  expect(run(code)).toBe("low_at 3");
});

test("the elements import where there is no DOM, and register nothing", () => {
  const code = `
    const { CreditBalance, CreditPacks, CreditProvider } = await import("creditpack/elements");
    console.log(typeof CreditBalance, typeof CreditPacks, typeof CreditProvider);`;
  expect(run(code)).toBe("function function function");
});

test("the words import alone, and fetch the language that is asked for", () => {
  const code = `
    const { loadWords } = await import("creditpack/words");
    const [polish, none] = [await loadWords("pl"), await loadWords("no such tag")];
    console.log(polish("credits", { n: 5 }), polish.dir, none("credits", { n: 5 }));`;
  expect(run(code)).toBe("5 kredytów ltr 5 credits");
});

test.each(["creditpack", "workbench"])("%s.wasm is what its inline twin holds", (module) => {
  const code = `
    import { readFileSync } from "node:fs";
    import { fileURLToPath } from "node:url";
    const path = fileURLToPath(import.meta.resolve("creditpack/${module}.wasm"));
    const { base64 } = await import(new URL("${module}_inline.js", "file://" + path));
    console.log(readFileSync(path).equals(Buffer.from(base64, "base64")));`;
  expect(run(code)).toBe("true");
});

test("the one-file build needs nobody to resolve a name", () => {
  const standalone = readFileSync(join(installed, "dist/standalone.js"), "utf8");
  const imported = [...standalone.matchAll(/(?:from|import)\s*\(?\s*["'`]([^"'`]+)["'`]/g)];
  const names = imported.map(([, name = ""]) => name).sort();
  const languages = ["ar", "de", "es", "fr", "he", "ja", "pl", "pt-BR"];
  expect(names).toEqual([
    "./generated/creditpack_inline.js",
    ...languages.map((tag) => `./words/${tag}.js`),
  ]);
  for (const file of [...names, "./generated/creditpack_bg.wasm"]) {
    expect(existsSync(join(installed, "dist", file)), file).toBe(true);
  }
});

test("nothing of Node, no server code and no workbench is in what a page loads", () => {
  const standalone = readFileSync(join(installed, "dist/standalone.js"), "utf8");
  expect(standalone).not.toMatch(/node:|require\(|secretKey|workbench/);
});

/** What a strict compiler says of `code`, with the types of the platform that `platform` names. */
function compile(code: string, platform: object): string {
  const compilerOptions = {
    noEmit: true,
    strict: true,
    exactOptionalPropertyTypes: true,
    target: "ES2022",
    module: "nodenext",
    skipLibCheck: false,
    ...platform,
  };
  writeFileSync(join(project, "product.mts"), code);
  writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions }));
  const tsc = fileURLToPath(new URL("./bin/tsc", import.meta.resolve("typescript/package.json")));
  const compiled = spawnSync(process.execPath, [tsc], { cwd: project, encoding: "utf8" });
  expect(compiled.status === 0).toBe(compiled.stdout === "");
  return compiled.stdout + compiled.stderr;
}

test("a strict TypeScript product compiles against it", () => {
  const code = `import { createCredits, type Spend } from "creditpack";
    import type { CreditBalance } from "creditpack/elements";
    import { createCreditsServer } from "creditpack/server";
    import { loadWords, storyLine } from "creditpack/words";
    import { openWorkbench, previewCredits } from "creditpack/workbench";
    const options = { endpoint: "https://credits.example", account: "u_1" };
    const credits = createCredits({ ...options, getToken: async () => "token" });
    const spend: Spend = credits.spend("image", { quantity: 2 });
    const pill: CreditBalance | null = document.querySelector("credit-balance");
    if (pill) pill.credits = credits;
    addEventListener("credit-returned", (event) => console.log(event.detail.reason, spend.op));
    const server = createCreditsServer({ endpoint: options.endpoint, secretKey: "sk_1" });
    const done = server.withCredits({ account: "u_1", operation: "image" }, () => 5);
    export const five: Promise<number> = done.then(({ result }) => result);
    const words = await loadWords(credits.locale);
    for await (const story of credits.stories()) storyLine(story, words, credits.operations());
    credits[Symbol.dispose]();
    const workbench = await openWorkbench();
    const catalog = workbench.publicCatalog({ currency: "usd" });
    if (pill) pill.credits = previewCredits(workbench, { catalog });`;
  // No more than a page of some age needs: what our types need beyond it, they bring along.
  expect(compile(code, { lib: ["ES2022", "DOM"], types: [] })).toBe("");
});

test("so does a server that knows no DOM", () => {
  const code = `import { createCredits, type CreditStorage, init } from "creditpack";
    import { createCreditsServer } from "creditpack/server";
    await init(new Uint8Array());
    const options = { endpoint: "https://credits.example", account: "u_1" };
    declare const storage: CreditStorage;
    declare const locale: string | undefined;
    const server = createCreditsServer({ endpoint: options.endpoint, secretKey: "sk_1" });
    const getToken = async () => (await server.mintToken(options.account)).token;
    export const credits = createCredits({ ...options, getToken, storage, locale });`;
  const typeRoots = [fileURLToPath(new URL("..", import.meta.resolve("@types/node/package.json")))];
  expect(compile(code, { lib: ["ES2022"], types: ["node"], typeRoots })).toBe("");
});

/** The declarations that a product sees: those of the entry points, and all they name. */
function declarations(): ReadonlyMap<string, string> {
  const entries: { types?: string }[] = Object.values(
    JSON.parse(readFileSync(join(installed, "package.json"), "utf8")).exports,
  );
  const seen = new Map<string, string>();
  const read = (file: string) => {
    if (seen.has(file)) return;
    const text = readFileSync(file, "utf8");
    seen.set(file, text);
    for (const [, named = ""] of text.matchAll(/(?:from|import\()\s*"(\.[^"]+)\.js"/g)) {
      read(join(dirname(file), `${named}.d.ts`));
    }
  };
  for (const { types } of entries) if (types) read(join(installed, types));
  return seen;
}

test("no type that a product sees is `any`", () => {
  const declared = declarations();
  expect(declared.size).toBeGreaterThan(20);
  for (const [file, text] of declared) {
    const types = text.replace(/\/\*.*?\*\/|\/\/[^\n]*|"[^"\n]*"/gs, "");
    expect(types, file).not.toMatch(/\bany\b/);
  }
});

test("the licences travel with it", () => {
  for (const licence of ["LICENSE-APACHE", "LICENSE-MIT"]) {
    const original = readFileSync(join(root, "..", licence));
    expect(readFileSync(join(installed, licence)).equals(original)).toBe(true);
  }
});

test("publint finds nothing", async () => {
  const { messages } = await publint({ pkgDir: installed, strict: true });
  const { default: manifest } = await import(join(installed, "package.json"), {
    with: { type: "json" },
  });
  expect(messages.map((message) => formatMessage(message, manifest))).toEqual([]);
});
