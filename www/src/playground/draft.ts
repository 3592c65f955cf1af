import { type Example, exampleOf } from "./examples.ts";

const STORED = "studio.playground";

/** The text that is being written, kept across reloads in this browser alone. */
export class Draft {
  #example: Example;
  #text: string;

  constructor(private readonly storage: Storage) {
    const { example = "", text } = stored(storage);
    this.#example = exampleOf(example);
    this.#text = text ?? this.#example.text;
  }

  get example(): Example {
    return this.#example;
  }

  get text(): string {
    return this.#text;
  }

  /** Whether it differs from what it began with. */
  get isChanged(): boolean {
    return this.#text !== this.#example.text;
  }

  write(text: string): void {
    this.#text = text;
    this.#keep();
  }

  /** Begins again, with that example. */
  begin(example: Example): void {
    this.#example = example;
    this.#text = example.text;
    this.#keep();
  }

  #keep(): void {
    const { id } = this.#example;
    const kept = this.isChanged ? { example: id, text: this.#text } : { example: id };
    this.storage.setItem(STORED, JSON.stringify(kept));
  }
}

/** What an earlier visit left; nothing of what is not ours. */
function stored(storage: Storage): { example?: string; text?: string } {
  try {
    const kept: unknown = JSON.parse(storage.getItem(STORED) ?? "{}");
    const [example, text] = ["example", "text"].map((key) => Reflect.get(Object(kept), key));
    return {
      ...(typeof example === "string" && { example }),
      ...(typeof text === "string" && { text }),
    };
  } catch {
    return {};
  }
}
