import { CreditError, toCreditError } from "./errors.js";
import glue, * as module from "./generated/workbench.js";
import type { WasmSource } from "./wasm.js";

export { Preview as WasmPreview } from "./generated/workbench.js";

/** What the module exports, as the rulebook wrote it. */
export type WorkbenchModule = typeof module;

let loading: Promise<WorkbenchModule> | undefined;
let trap: CreditError | undefined;

/**
 * Loads the module once for the whole page, from beside this file or from `source`.
 *
 * @throws CreditError `internal` if it cannot be had or compiled.
 */
export function loadWorkbench(source?: WasmSource | Promise<WasmSource>): Promise<WorkbenchModule> {
  loading ??= load(source).catch((cause: unknown) => {
    loading = undefined;
    const words =
      "The workbench's Wasm module could not be loaded. Does the page's policy allow it?";
    throw new CreditError("internal", words, { cause });
  });
  return loading;
}

/**
 * Runs `call` in the module. After a trap nothing may enter it again: every later call throws the
 * same error.
 */
export function inWorkbench<T>(call: () => T): T {
  if (trap) throw trap;
  try {
    return call();
  } catch (thrown) {
    if (!(thrown instanceof WebAssembly.RuntimeError)) throw toCreditError(thrown);
    const words = "A fault in the workbench module; reload the page to go on.";
    trap = new CreditError("internal", words, { cause: thrown });
    throw trap;
  }
}

async function load(source?: WasmSource | Promise<WasmSource>): Promise<WorkbenchModule> {
  const bytes = source ?? (await besideThisFile()) ?? (await inlined());
  await glue({ module_or_path: bytes });
  return module;
}

/** Undefined where files cannot be fetched: under Node, or from a `file:` page. */
async function besideThisFile(): Promise<Response | undefined> {
  const url = new URL("./generated/workbench_bg.wasm", import.meta.url);
  if (!/^https?:$/.test(url.protocol)) return undefined;
  const response = await fetch(url).catch(() => undefined);
  const type = response?.headers.get("content-type") ?? "";
  return response?.ok && type.startsWith("application/wasm") ? response : undefined;
}

async function inlined(): Promise<BufferSource> {
  const { base64 } = await import("./generated/workbench_inline.js");
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
