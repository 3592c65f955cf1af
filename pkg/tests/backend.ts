import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The page that buyers come from and go back to. */
export const PAGE = "http://localhost:4321";

/** A real `creditpackd` of one test file, on a free port with data of its own. */
export interface Backend {
  readonly endpoint: string;
  readonly secretKey: string;
  stop(): Promise<void>;
}

export const binary =
  process.env.CREDITPACKD ??
  fileURLToPath(new URL("../../target/debug/creditpackd", import.meta.url));

/** The starter config with `draft` spent at once. */
export const draftAtOnce = (config: string): string =>
  config.replace('id = "draft"', 'id = "draft"\nsettle = "at_once"');

/**
 * Starts one with the starter config, as `edit` leaves it; `settings` are further environment
 * variables.
 */
export async function startBackend(
  settings: NodeJS.ProcessEnv = {},
  edit: (config: string) => string = (config) => config,
): Promise<Backend> {
  if (!existsSync(binary)) {
    throw new Error(`${binary} is missing: run \`cargo build -p creditpackd\`, or set CREDITPACKD`);
  }
  const directory = mkdtempSync(join(tmpdir(), "creditpack-"));
  const secretKey = "sk_test_0123456789abcdefghijklmn";
  const env = {
    PATH: process.env.PATH ?? "",
    CREDITPACK_SECRET_KEY: secretKey,
    CREDITPACK_ALLOWED_ORIGINS: PAGE,
    ...settings,
  };
  const files = ["--config", join(directory, "creditpack.toml"), "--data", join(directory, "data")];
  execFileSync(binary, ["init", ...files], { env, stdio: "pipe" });
  const config = join(directory, "creditpack.toml");
  writeFileSync(config, edit(readFileSync(config, "utf8")));
  const child = spawn(binary, ["serve", ...files, "--listen", "127.0.0.1:0"], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const endpoint = await address(child);
  return {
    endpoint,
    secretKey,
    stop: async () => {
      const exited = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await exited;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** The address in the one line that tells it is ready; what it logged, if it ends instead. */
export function address(child: ChildProcess): Promise<string> {
  let output = "";
  let log = "";
  return new Promise((resolve, reject) => {
    child.stderr?.on("data", (chunk) => {
      log += chunk;
    });
    child.stdout?.on("data", (chunk) => {
      output += chunk;
      const line = /listening on (http:\/\/\S+)/.exec(output);
      if (line?.[1]) resolve(line[1]);
    });
    child.once("exit", (code) => reject(new Error(`it ended with ${code}:\n${log}`)));
  });
}
