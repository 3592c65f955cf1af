import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const SECRET_KEY = "sk_of_the_benchmark_only_0123456789";

/** A creditpackd on a free port, with a database of its own. */
export interface Backend {
  readonly endpoint: string;
  readonly secretKey: string;
  /** Ends it, and removes its data. */
  stop(): Promise<void>;
}

/** Starts `binary` with the starter config, for pages of `origin`. */
export async function startBackend(binary: string, origin: string): Promise<Backend> {
  const folder = mkdtempSync(join(tmpdir(), "creditpack-bench-"));
  const config = join(folder, "creditpack.toml");
  const where = ["--config", config, "--data", folder];
  const env = {
    PATH: process.env.PATH ?? "",
    CREDITPACK_SECRET_KEY: SECRET_KEY,
    CREDITPACK_ALLOWED_ORIGINS: origin,
    CREDITPACK_LOG: "warn",
  };
  execFileSync(binary, ["init", ...where], { env, stdio: "pipe" });
  const child = spawn(binary, ["serve", ...where, "--listen", "127.0.0.1:0"], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  return {
    endpoint: await address(child),
    secretKey: SECRET_KEY,
    stop: async () => {
      const exited = once(child, "exit");
      child.kill("SIGTERM");
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The address in the one line that tells it is ready. */
function address(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`creditpackd ended with ${code}`)));
    if (!child.stdout) return reject(new Error("creditpackd has no output"));
    createInterface(child.stdout).on("line", (line) => {
      const heard = /listening on (http:\/\/\S+)/.exec(line);
      if (heard?.[1]) resolve(heard[1]);
    });
  });
}
