// After tsc: puts the Wasm module beside the compiled files and the licences into the package, makes
// the one-file build for script tags, and prints what a page downloads.
import { cpSync, existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { brotliCompressSync } from "node:zlib";
import { rolldown } from "rolldown";

const GENERATED = [
  "creditpack.js",
  "creditpack.d.ts",
  "creditpack_bg.wasm",
  "creditpack_inline.js",
  "workbench.js",
  "workbench.d.ts",
  "workbench_bg.wasm",
  "workbench_inline.js",
];
const LICENCES = ["LICENSE-APACHE", "LICENSE-MIT"];
/** Core entry, minified, without idb-keyval, the wasm-bindgen glue and the elements. */
const CORE_BROTLI_BYTES_MAX = 8 * 1024;

const inPackage = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

for (const file of GENERATED) {
  const from = inPackage(`src/generated/${file}`);
  if (!existsSync(from))
    throw new Error(`pkg/src/generated/${file} is missing: build the Wasm first`);
  cpSync(from, inPackage(`dist/generated/${file}`));
}

for (const file of LICENCES) cpSync(inPackage(`../${file}`), inPackage(file));

// A page without a bundler has nobody to resolve `idb-keyval`; the Wasm module, its inline twin and
// the languages stay files of their own, found beside this one.
const bundle = await bundled(
  "dist/elements/index.js",
  /creditpack_inline|words\/(?!en\.js)[\w-]+\.js/,
);
await bundle.write({ file: inPackage("dist/standalone.js"), minify: true });
await bundle.close();

const core = await minified("dist/index.js", /generated|idb-keyval/);
report("core (client, without idb-keyval and glue)", core);
report("server", await minified("dist/server/index.js"));
report("standalone elements", readFileSync(inPackage("dist/standalone.js")));
report("one language (ar, the largest)", await minified("dist/words/ar.js"));
for (const file of ["creditpack_bg.wasm", "workbench_bg.wasm"])
  report(file, readFileSync(inPackage(`dist/generated/${file}`)));
if (brotli(core) > CORE_BROTLI_BYTES_MAX) {
  throw new Error(`the core entry is over ${CORE_BROTLI_BYTES_MAX} bytes of brotli`);
}

function bundled(entry, external = []) {
  return rolldown({
    input: inPackage(entry),
    external,
    // Written as in the source: `./generated/` is beside dist/standalone.js as beside dist/wasm.js.
    makeAbsoluteExternalsRelative: false,
    logLevel: "warn",
  });
}

async function minified(entry, external) {
  const build = await bundled(entry, external);
  const { output } = await build.generate({ minify: true });
  await build.close();
  return Buffer.concat(output.filter((part) => part.code).map((part) => Buffer.from(part.code)));
}

function brotli(bytes) {
  return brotliCompressSync(bytes).length;
}

function report(name, bytes) {
  const kb = (size) => `${(size / 1024).toFixed(1)} KB`;
  console.log(
    `${name.padEnd(46)} ${kb(bytes.length).padStart(9)} ${kb(brotli(bytes)).padStart(9)} br`,
  );
}
