import cheating from "./examples/cheating.toml?raw";
import good from "./examples/good.toml?raw";
import translated from "./examples/translated.toml?raw";

/** A catalog to begin with. */
export interface Example {
  readonly id: string;
  readonly name: string;
  readonly text: string;
}

const GOOD: Example = { id: "good", name: "A good shop", text: good };

const EXAMPLES: readonly Example[] = [
  GOOD,
  { id: "cheating", name: "One that cheats the buyer", text: cheating },
  { id: "translated", name: "Nine languages", text: translated },
];

export function examples(): readonly Example[] {
  return EXAMPLES;
}

/** The example of that id; the good shop where there is none. */
export function exampleOf(id: string): Example {
  return EXAMPLES.find((example) => example.id === id) ?? GOOD;
}
