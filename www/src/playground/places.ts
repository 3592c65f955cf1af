/** A stretch of a text, by offsets. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** One step into a catalog: a key, or the index of a list. */
export type Step = string | number;

/**
 * Where the pieces of a catalog stand in its text, by the names that findings give them: by id
 * (`packs.starter.prices.usd`), or by index where it could not be read (`packs[0].prices.usd`).
 */
export class Places {
  readonly #known = new Map<string, Stretch>();

  /** Notes where `path` stands; of two places of one name it is the later one. */
  note(path: readonly Step[], catalog: unknown, stretch: Stretch): void {
    this.#known.set(byIndex(path), stretch);
    this.#known.set(byId(path, catalog), stretch);
  }

  /** Where `place` stands, or what it is in; undefined where there is no catalog at all. */
  find(place: string): Stretch | undefined {
    const known = this.#known.get(place);
    if (known || place === "") return known;
    return this.find(place.slice(0, Math.max(place.search(/(\.[^.[]*|\[[^[]*)$/), 0)));
  }
}

function byIndex(path: readonly Step[]): string {
  return path.reduce<string>((name, step) => {
    if (typeof step === "number") return `${name}[${step}]`;
    return name === "" ? step : `${name}.${step}`;
  }, "");
}

/** Items of lists are called by their id, promotions by their code. */
function byId(path: readonly Step[], catalog: unknown): string {
  let at = catalog;
  const names = path.map((step) => {
    at = typeof at === "object" && at !== null ? Reflect.get(at, step) : undefined;
    if (typeof step === "string" || typeof at !== "object" || at === null) return String(step);
    return String(Reflect.get(at, "id") ?? Reflect.get(at, "code") ?? step);
  });
  return names.join(".");
}
