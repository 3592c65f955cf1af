import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Writable } from "node:stream";

interface Told {
  readonly id?: number;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

/**
 * A Chromium of its own, spoken to over a pipe. Playwright makes every page believe that it is looked
 * at; here a tab behind another one is hidden, as in a person's browser, and can be frozen.
 */
export class BareBrowser {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #waiting = new Map<number, (told: Told) => void>();
  #asked = 0;
  #rest = "";

  private constructor(child: ChildProcess, folder: string) {
    this.#child = child;
    this.#folder = folder;
    child.stdio[4]?.on("data", (chunk: Buffer) => this.#hear(chunk.toString()));
  }

  static async start(executable: string, args: readonly string[]): Promise<BareBrowser> {
    const folder = await mkdtemp(join(tmpdir(), "creditpack-browser-"));
    const own = ["--headless=new", "--remote-debugging-pipe", `--user-data-dir=${folder}`];
    const stdio = ["ignore", "ignore", "ignore", "pipe", "pipe"] as const;
    const child = spawn(executable, [...args, ...own, "about:blank"], { stdio: [...stdio] });
    return new BareBrowser(child, folder);
  }

  async end(): Promise<void> {
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await ended;
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Opens a tab in front of the others. */
  async open(url: string, cookie: { readonly name: string; readonly value: string }) {
    const { targetId } = await this.ask("Target.createTarget", { url: "about:blank" });
    const attached = await this.ask("Target.attachToTarget", { targetId, flatten: true });
    const tab = new BareTab(this, String(attached.sessionId));
    await tab.ask("Network.setCookie", { ...cookie, url });
    await tab.ask("Page.navigate", { url });
    return tab;
  }

  async ask(
    method: string,
    params: Readonly<Record<string, unknown>>,
    sessionId?: string,
  ): Promise<Record<string, unknown>> {
    this.#asked += 1;
    const id = this.#asked;
    const told = new Promise<Told>((resolve) => this.#waiting.set(id, resolve));
    (this.#child.stdio[3] as Writable).write(
      `${JSON.stringify({ id, method, params, sessionId })}\0`,
    );
    const { result, error } = await told;
    if (!result) throw new Error(`${method}: ${error?.message}`);
    return result;
  }

  #hear(chunk: string): void {
    const [...whole] = (this.#rest + chunk).split("\0");
    this.#rest = whole.pop() ?? "";
    for (const text of whole) {
      const told = JSON.parse(text) as Told;
      if (told.id !== undefined) this.#waiting.get(told.id)?.(told);
    }
  }
}

/** One tab of it. */
export class BareTab {
  readonly #browser: BareBrowser;
  readonly #session: string;

  constructor(browser: BareBrowser, session: string) {
    this.#browser = browser;
    this.#session = session;
  }

  ask(method: string, params: Readonly<Record<string, unknown>>) {
    return this.#browser.ask(method, params, this.#session);
  }

  /** What an expression is worth in the page; undefined if it throws. */
  async read(expression: string): Promise<unknown> {
    const asked = { expression, returnByValue: true, awaitPromise: true };
    const { result } = await this.ask("Runtime.evaluate", asked);
    return (result as { readonly value?: unknown }).value;
  }

  async freeze(): Promise<void> {
    await this.ask("Page.setWebLifecycleState", { state: "frozen" });
  }

  async wake(): Promise<void> {
    await this.ask("Page.setWebLifecycleState", { state: "active" });
  }
}
