import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort, Program, run } from "./program.ts";
import { Shop } from "./shop.ts";
import { withTerms } from "./terms.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const CREDITPACKD = process.env.CREDITPACKD ?? join(ROOT, "target/debug/creditpackd");
const STUDIO = join(ROOT, "www/dist/server/main.js");
const SECRET_KEY = "sk_of_the_browser_test_only_0123456789";

/**
 * The real thing, small: creditpackd on a fresh database, Studio's server in front of it, and the
 * shop of a reader who pasted what README.md says.
 */
export class World {
  readonly studioUrl: string;
  readonly shop: Shop;
  readonly #folder: string;
  readonly #backendPort: number;
  readonly #studioPort: number;
  #backend: Program | undefined;
  #studio: Program | undefined;

  private constructor(folder: string, backendPort: number, studioPort: number, shop: Shop) {
    this.#folder = folder;
    this.#backendPort = backendPort;
    this.#studioPort = studioPort;
    this.studioUrl = `http://localhost:${studioPort}`;
    this.shop = shop;
  }

  static async create(): Promise<World> {
    const folder = await mkdtemp(join(tmpdir(), "creditpack-e2e-"));
    const backendPort = await freePort();
    const shop = await Shop.open(`http://127.0.0.1:${backendPort}`, SECRET_KEY);
    const world = new World(folder, backendPort, await freePort(), shop);
    try {
      await run(CREDITPACKD, ["init", ...world.#where()], { CREDITPACK_SECRET_KEY: SECRET_KEY });
      await editFile(join(folder, "creditpack.toml"), withTerms);
      await world.startBackend();
      await world.#startStudio();
      return world;
    } catch (error) {
      await world.end().catch(() => {});
      throw error;
    }
  }

  /** Starts creditpackd on the same data and the same address as ever. */
  async startBackend(): Promise<void> {
    const listen = `127.0.0.1:${this.#backendPort}`;
    const studio127 = `http://127.0.0.1:${this.#studioPort}`;
    const origins = [this.studioUrl, studio127, this.shop.url].join(",");
    this.#backend = await Program.start(
      CREDITPACKD,
      ["serve", ...this.#where(), "--listen", listen],
      { CREDITPACK_ALLOWED_ORIGINS: origins, CREDITPACK_PUBLIC_URL: `http://${listen}` },
      /^creditpackd listening on /,
    );
  }

  /** Starts it again, on the same data, with what `edit` makes of its config. */
  async restartWith(edit: (config: string) => string): Promise<void> {
    await this.stopBackend();
    await editFile(join(this.#folder, "creditpack.toml"), edit);
    await this.startBackend();
  }

  async killBackend(): Promise<void> {
    await this.#backend?.kill();
  }

  async stopBackend(): Promise<void> {
    await this.#backend?.stop();
  }

  /** What the programs said, for a failing test's report. */
  get errors(): string {
    return `creditpackd:\n${this.#backend?.errors}\nstudio:\n${this.#studio?.errors}`;
  }

  /** Stops what was started, which must end cleanly, and removes the data. */
  async end(): Promise<void> {
    // One after the other, and the next one whatever became of the one before.
    const steps = [
      () => this.#studio?.stop(),
      () => this.#backend?.stop(),
      () => this.shop.close(),
      () => rm(this.#folder, { recursive: true, force: true }),
    ];
    const failures: unknown[] = [];
    for (const step of steps) {
      await step()?.catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }

  async #startStudio(): Promise<void> {
    this.#studio = await Program.start(
      process.execPath,
      [STUDIO],
      {
        PORT: String(this.#studioPort),
        CREDITPACK_ENDPOINT: `http://127.0.0.1:${this.#backendPort}`,
        CREDITPACK_SECRET_KEY: SECRET_KEY,
      },
      /^studio listening on /,
    );
  }

  #where(): string[] {
    return ["--config", join(this.#folder, "creditpack.toml"), "--data", this.#folder];
  }
}

async function editFile(path: string, edit: (text: string) => string): Promise<void> {
  await writeFile(path, edit(await readFile(path, "utf8")));
}
