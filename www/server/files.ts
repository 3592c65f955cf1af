import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { extname, join, normalize, sep } from "node:path";

const TYPES: Record<string, string> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
  ".woff2": "font/woff2",
};

/** Serves `path` from under `root`; false if there is no such file. */
export async function sendFile(
  root: string,
  path: string,
  headers: Record<string, string>,
  response: ServerResponse,
): Promise<boolean> {
  const file = inside(root, path.endsWith("/") ? `${path}index.html` : path);
  const type = file && TYPES[extname(file)];
  if (!type) return false;
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile()) return false;
  response.writeHead(200, {
    ...headers,
    "content-type": type,
    "content-length": found.size,
    // Names under /assets carry a hash of their content.
    "cache-control": path.startsWith("/assets/")
      ? "public, max-age=31536000, immutable"
      : "no-cache",
  });
  createReadStream(file).pipe(response);
  return true;
}

function inside(root: string, path: string): string | undefined {
  try {
    const file = normalize(join(root, decodeURIComponent(path)));
    return file.startsWith(root + sep) ? file : undefined;
  } catch {
    return undefined;
  }
}
