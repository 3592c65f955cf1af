import { readdirSync, readFileSync } from "node:fs";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { pause } from "../src/retry.js";
import { createEngine, type Engine, type EngineHost, init } from "../src/wasm.js";

/**
 * The orderings that the rules run natively, run through the Wasm: its own transport asks a network
 * that answers what the ordering says, when it says so.
 */
type Body = Record<string, unknown>;
interface Ordering {
  readonly about: string;
  readonly start: { readonly available?: number };
  readonly slow_storage: boolean;
  readonly steps: readonly {
    readonly do: Body;
    readonly view: Body;
    readonly over?: readonly (readonly [string, string])[];
  }[];
}

const NOW_MS = 1_700_000_000_000;
const EPOCH = "01J9ZQ3W4X5Y6Z7A8B9C0D1E2F";
/** Longer than the shortest wait before a request is sent again. */
const RETRY_MS = 110;
const folder = new URL("../../tests/vectors/orderings/", import.meta.url);

beforeAll(() => init());
beforeEach(() => {
  // Streams and promises go on by themselves; only clocks and timers obey the ordering.
  vi.useFakeTimers({
    now: NOW_MS,
    toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date"],
  });
  vi.spyOn(Math, "random").mockReturnValue(0);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe("through the Wasm, in this order", () => {
  const files = readdirSync(folder).sort();
  it("there are at least 40", () => expect(files.length).toBeGreaterThanOrEqual(40));
  it.each(files)("%s", async (file) => {
    const ordering = JSON.parse(readFileSync(new URL(file, folder), "utf8")) as Ordering;
    const page = new Page(ordering.slow_storage);
    await page.open();
    if (ordering.start.available !== undefined) await page.settle(ordering.start.available);
    for (const [at, step] of ordering.steps.entries()) {
      const place = `step ${at + 1}: ${JSON.stringify(step.do)}`;
      await page.take(step.do);
      expect(page.engine.view(), place).toMatchObject(step.view);
      if (step.over) expect(page.over, place).toEqual(step.over);
    }
    page.engine.close();
  });
});

it("spends of one millisecond are in the order in which they were made", async () => {
  const page = new Page(false);
  await page.open();
  await page.settle(40);
  const made = Array.from({ length: 40 }, () => page.engine.spend("image", 1));
  expect(made).toEqual([...made].sort());
  page.engine.close();
});

/** A request that waits for its answer. */
interface Asked {
  readonly about: string;
  readonly answer: (response: Response) => void;
  readonly fail: () => void;
}

/** One page over a network that does nothing by itself. */
class Page {
  engine!: Engine;
  readonly over: [string, string][] = [];
  readonly #names = new Map<string, string>();
  readonly #stored = new Map<string, string>();
  readonly #saving: { readonly op: string; readonly end: (stored: boolean) => void }[] = [];
  #asked: Asked[] = [];
  #stream: ReadableStreamDefaultController<Uint8Array> | undefined;

  constructor(readonly slowStorage: boolean) {
    vi.stubGlobal("fetch", (request: Request) => this.#fetch(request));
  }

  async open(): Promise<void> {
    this.#asked = [];
    this.#stream = undefined;
    const options = { offlineCredits: 0, memoryOnly: false };
    const config = { endpoint: "http://backend.test", account: "u_1", ...options };
    this.engine = createEngine(config, this.#host());
    this.engine.start();
    await flush();
  }

  /** Everything a page hears before an ordering begins. */
  async settle(available: number): Promise<void> {
    const operations = [
      { id: "image", label: "Picture", credits: 1 },
      { id: "film", label: "Film", credits: 3 },
      { id: "draft", label: "Draft", credits: 2 },
    ];
    const catalog = { version: "1", currency: "usd", packs: [], operations, low_at: 1 };
    await this.take({ answer: "catalog", status: 200, body: catalog });
    const snapshot = {
      account: "u_1",
      epoch: EPOCH,
      version: 1,
      settled: available,
      held: 0,
      available,
      holds: [],
      incoming: [],
      receipts: [],
      receipts_complete: false,
      server_time_ms: NOW_MS,
    };
    await this.take({ answer: "snapshot", status: 200, body: snapshot });
    const beat = { version: 1, epoch: EPOCH, server_time_ms: NOW_MS };
    await this.take({ event: "heartbeat", data: beat });
  }

  async take(what: Body): Promise<void> {
    const word = (name: string) => what[name] as string;
    if ("answer" in what) {
      const asked = await this.#waiting(word("answer"));
      const status = what.status as number;
      asked.answer(Response.json(this.#named(what.body), { status }));
    } else if ("no_answer" in what) (await this.#waiting(word("no_answer"))).fail();
    else if ("event" in what) await this.#tell(word("event"), this.#named(what.data));
    else if ("spend" in what) {
      const op = this.engine.spend(word("operation"), what.quantity as number);
      this.#names.set(word("spend"), op);
    } else if ("announce" in what) {
      const op = this.engine.announce(word("operation"), what.quantity as number);
      this.#names.set(word("announce"), op);
    } else if ("declined" in what) {
      expect(() => this.engine.spend(word("declined"), 1)).toThrow();
    } else if ("cancel" in what) this.engine.cancel(this.#op(word("cancel")));
    else if ("stored" in what) this.#store(word("stored"), true);
    else if ("not_stored" in what) this.#store(word("not_stored"), false);
    else if ("stream" in what) this.#close();
    else if ("wait_ms" in what) await vi.advanceTimersByTimeAsync(what.wait_ms as number);
    else await this.#happens(word("page"));
    await flush();
  }

  #close(): void {
    this.#stream?.close();
    this.#stream = undefined;
  }

  async #happens(what: string): Promise<void> {
    if (what === "reloaded") {
      this.engine.close();
      await this.open();
    } else if (what === "offline" || what === "online") this.engine.online(what === "online");
    else if (what === "hidden" || what === "shown") this.engine.visible(what === "shown");
    else if (what === "refresh") this.engine.refresh();
    else throw new Error(`${what} is nothing a page does`);
  }

  #host(): EngineHost {
    return {
      getToken: async () => "token",
      dropToken: () => {},
      pause,
      tell: () => {},
      changed: () => {},
      settled: ({ op, state }) => void this.over.push([this.#name(op), state]),
      refused: () => {},
      load: async () => [...this.#stored.values()],
      save: (op, record) => {
        this.#stored.set(op, record);
        if (!this.slowStorage) return Promise.resolve();
        return new Promise((resolve, reject) => {
          const end = (stored: boolean) => (stored ? resolve() : reject(new Error("full")));
          this.#saving.push({ op, end });
        });
      },
      forget: async (op) => void this.#stored.delete(op),
    };
  }

  #store(name: string, stored: boolean): void {
    for (const { op, end } of this.#saving.splice(0)) if (op === this.#op(name)) end(stored);
  }

  async #fetch(request: Request): Promise<Response> {
    const about = await this.#about(request);
    return new Promise((resolve, reject) => {
      const fail = () => reject(new TypeError("the network is down"));
      if (request.signal.aborted) return fail();
      const asked = { about, answer: resolve, fail };
      request.signal.addEventListener("abort", () => {
        this.#asked = this.#asked.filter((other) => other !== asked);
        fail();
      });
      this.#asked.push(asked);
    });
  }

  /** What a request is about, in the words of the orderings. */
  async #about(request: Request): Promise<string> {
    const { pathname } = new URL(request.url);
    if (pathname === "/v1/holds") return `hold ${this.#name((await request.clone().json()).op)}`;
    const release = /^\/v1\/holds\/(.+)\/release$/.exec(pathname);
    if (release?.[1]) return `release ${this.#name(release[1])}`;
    const reads = { "/v1/account": "snapshot", "/v1/account/stream": "stream" };
    return reads[pathname as keyof typeof reads] ?? pathname.split("/").at(-1) ?? "";
  }

  /** The request about that; one that was sent before is sent again after a while. */
  async #waiting(about: string): Promise<Asked> {
    for (let tries = 0; tries < 10; tries++) {
      const at = this.#asked.findIndex((asked) => asked.about === about);
      if (at >= 0) return this.#asked.splice(at, 1)[0] as Asked;
      await vi.advanceTimersByTimeAsync(RETRY_MS);
      await flush();
    }
    throw new Error(`${about} is not asked, but ${this.#asked.map((asked) => asked.about)}`);
  }

  /** Tells an event on the stream, which opens if it is asked for. */
  async #tell(event: string, data: unknown): Promise<void> {
    if (!this.#stream || this.#asked.some(({ about }) => about === "stream")) {
      const asked = await this.#waiting("stream");
      const body = new ReadableStream<Uint8Array>({
        start: (controller) => {
          this.#stream = controller;
        },
      });
      asked.answer(new Response(body, { headers: { "content-type": "text/event-stream" } }));
      await flush();
    }
    const text = `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
    this.#stream?.enqueue(new TextEncoder().encode(text));
  }

  #op(name: string): string {
    const random = name.charCodeAt(0).toString(16).padStart(12, "0");
    const foreign = `018bcfe5-6800-7000-8000-${random}`;
    return this.#names.get(name) ?? foreign;
  }

  #name(op: string): string {
    return [...this.#names].find(([, id]) => id === op)?.[0] ?? op;
  }

  /** A body with the ids of the ops that it names. */
  #named(body: unknown): unknown {
    return JSON.parse(JSON.stringify(body), (field, value) =>
      field === "op" ? this.#op(value as string) : value,
    );
  }
}

/** Lets everything that needs no time happen. */
async function flush(): Promise<void> {
  for (let turns = 0; turns < 16; turns++) await new Promise((done) => setImmediate(done));
}
