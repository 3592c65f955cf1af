// Measures the cases of bench/ in Wasm, and the shipped module as a page calls it. Prints one line
// for each: its name and the median of many batches, in microseconds.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [benchFolder, shippedFolder, ...names] = process.argv.slice(1).filter((it) => it !== "--");

const BATCHES = 50;
const BATCH_MS = 20;

/** The module that was bound to `folder`, started. */
async function load(folder) {
  const glue = await import(pathToFileURL(join(folder, "creditpack.js")));
  glue.initSync({ module: readFileSync(join(folder, "creditpack_bg.wasm")) });
  return glue;
}

/** Microseconds that one of `times` takes when `run(times)` does them all. */
function median(run) {
  let times = 1;
  while (elapsedMs(run, times) < BATCH_MS) times *= 2;
  const batches = Array.from({ length: BATCHES }, () => (elapsedMs(run, times) * 1000) / times);
  return batches.sort((one, other) => one - other)[BATCHES / 2];
}

function elapsedMs(run, times) {
  const start = performance.now();
  run(times);
  return performance.now() - start;
}

const repeated = (once) => (times) => {
  for (let at = 0; at < times; at += 1) once();
};

const { Case } = await load(benchFolder);
for (const name of names) {
  const measured = Case.named(name);
  console.log(
    name,
    median((times) => measured.run(times)),
  );
}

const PACKS = [
  ["starter", 5, 400],
  ["standard", 15, 900],
  ["plus", 40, 1990],
  ["max", 100, 3990],
];

const catalogs = ["usd", "eur", "gbp", "jpy", "kwd"].map((currency) => ({
  version: "1",
  currency,
  low_at: 1,
  operations: [{ id: "image", label: "Picture", credits: 1 }],
  packs: PACKS.map(([id, credits, amount_minor]) => ({
    id,
    label: id,
    credits,
    price: { amount_minor, currency },
  })),
}));
const shipped = await load(shippedFolder);
const tables = () => catalogs.map((catalog) => shipped.priceTable(catalog));
console.log("page-price-table", median(repeated(tables)));
console.log("page-cover", median(repeated(() => shipped.cover(catalogs[0], 1000))));
