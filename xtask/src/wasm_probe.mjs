// Compiles a module as a browser would and tells its sizes in bytes: raw, brotli, gzip.
import { readFileSync } from "node:fs";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const bytes = readFileSync(process.argv.at(-1));
new WebAssembly.Module(bytes);
const params = {
  [constants.BROTLI_PARAM_QUALITY]: 11,
  [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
};
const brotli = brotliCompressSync(bytes, { params });
const gzip = gzipSync(bytes, { level: 9 });
console.log(`${bytes.length} ${brotli.length} ${gzip.length}`);
