import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { createInterface } from "node:readline";

const START_MS_MAX = 20_000;
const STOP_MS_MAX = 10_000;

const PORT_MIN = 20_000;
const PORTS = 10_000;
// Processes at the same time begin at different ports.
let lastPort = process.pid;

/** A program under test, running. Its stderr is kept to be shown when something fails. */
export class Program {
  readonly #name: string;
  readonly #child: ChildProcess;
  #errors = "";

  private constructor(name: string, child: ChildProcess) {
    this.#name = name;
    this.#child = child;
    child.stderr?.on("data", (chunk: Buffer) => {
      this.#errors = (this.#errors + chunk.toString()).slice(-20_000);
    });
  }

  get errors(): string {
    return this.#errors;
  }

  /** Starts `command` and resolves with it once it has printed a line that `ready` matches. */
  static async start(
    command: string,
    args: readonly string[],
    env: Record<string, string>,
    ready: RegExp,
  ): Promise<Program> {
    const child = spawn(command, args, {
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const program = new Program(command, child);
    await program.#printed(ready);
    return program;
  }

  /** Ends it at once, as a power cut would. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** Asks it to stop; it must end by itself with exit code 0. */
  async stop(): Promise<void> {
    const code = await this.#end("SIGTERM");
    if (code !== 0) throw new Error(`${this.#name} ended with ${code}:\n${this.#errors}`);
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const late = AbortSignal.timeout(STOP_MS_MAX);
      const ended = once(this.#child, "exit", { signal: late });
      this.#child.kill(signal);
      await ended.catch((error: unknown) => {
        this.#child.kill("SIGKILL");
        throw new Error(`${this.#name} did not end on ${signal}`, { cause: error });
      });
    }
    return this.#child.exitCode;
  }

  #printed(ready: RegExp): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (why: string) => {
        this.#child.kill("SIGKILL");
        reject(new Error(`${this.#name} ${why}:\n${this.#errors}`));
      };
      const timer = setTimeout(fail, START_MS_MAX, "did not get ready");
      this.#child.once("error", (error) => fail(String(error)));
      this.#child.once("exit", (code) => fail(`ended with ${code} before it was ready`));
      if (!this.#child.stdout) throw new Error("stdout is not a pipe");
      createInterface(this.#child.stdout).on("line", (line) => {
        if (!ready.test(line)) return;
        clearTimeout(timer);
        this.#child.removeAllListeners("exit");
        resolve();
      });
    });
  }
}

/** Runs `command` to its end. */
export async function run(
  command: string,
  args: readonly string[],
  env: Record<string, string>,
): Promise<void> {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: "pipe" });
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}:\n${errors}`);
}

/**
 * A port that nothing listens on now, each time another. None of those that systems have for
 * connections: such a one may be taken while its program is down.
 */
export async function freePort(): Promise<number> {
  for (let tried = 0; tried < PORTS; tried += 1) {
    lastPort = PORT_MIN + ((lastPort + 1) % PORTS);
    if (await isFree(lastPort)) return lastPort;
  }
  throw new Error("no port");
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch {
    return false;
  }
  server.close();
  await once(server, "close");
  return true;
}
