import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** What a reader has in scope already: a page's element, a session, the work that is sold. */
const READERS_OWN = `
export {};
declare const process: { readonly env: Readonly<Record<string, string | undefined>> };
declare const balance: HTMLElement;
declare function accountOf(request: Request): Promise<string>;
declare function makeImage(options: { signal: AbortSignal }): Promise<string>;
declare const yourModel: {
  draw(prompt: string, options: { signal: AbortSignal }): Promise<string>;
};
`;
const COMPILER_OPTIONS = {
  noEmit: true,
  strict: true,
  target: "ES2022",
  module: "preserve",
  lib: ["ES2022", "DOM"],
  types: [],
  skipLibCheck: false,
};

let project: string;

beforeAll(() => {
  if (!existsSync(at("pkg/dist"))) throw new Error("run `npm run build -w pkg` first");
  project = mkdtempSync(join(tmpdir(), "creditpack-readme-"));
  symlinkSync(at("node_modules"), join(project, "node_modules"));
  const options = { compilerOptions: COMPILER_OPTIONS, include: ["*.ts"] };
  writeFileSync(join(project, "tsconfig.json"), JSON.stringify(options));
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

test.each([
  ["README.md", 2],
  ["pkg/README.md", 3],
])("the TypeScript of %s compiles strictly", (readme, count) => {
  const snippets = [...readFileSync(at(readme), "utf8").matchAll(/```ts\n(.*?)```/gs)];
  expect(snippets).toHaveLength(count);
  for (const [number, [, snippet]] of snippets.entries()) {
    writeFileSync(join(project, `snippet_${number + 1}.ts`), `${snippet}${READERS_OWN}`);
  }
  const compiled = spawnSync(at("node_modules/.bin/tsc"), { cwd: project, encoding: "utf8" });
  expect(compiled.stdout + compiled.stderr).toBe("");
  expect(compiled.status).toBe(0);
});
