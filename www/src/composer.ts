import type { OperationState } from "creditpack";
import type { OperationId } from "../shared/api.ts";
import { byId, say } from "./element.ts";
import { credits, isOperation, VERB } from "./words.ts";

export interface Composer {
  /** The catalog's costs, once known: they go on the button. */
  showCosts(operations: readonly OperationState[]): void;
}

/** The form that asks what to make; `onOrder` gets what was asked. */
export function bindComposer(onOrder: (operation: OperationId, prompt: string) => void): Composer {
  const form = byId("composer", HTMLFormElement);
  const prompt = byId("prompt", HTMLTextAreaElement);
  const submit = byId("submit", HTMLButtonElement);
  let costs: readonly OperationState[] = [];

  const chosen = (): OperationId => {
    const value = String(new FormData(form).get("operation"));
    return isOperation(value) ? value : "draft";
  };
  const label = () => {
    const cost = costs.find(({ id }) => id === chosen())?.credits;
    say(submit, cost === undefined ? VERB[chosen()] : `${VERB[chosen()]} · ${credits(cost)}`);
  };

  form.addEventListener("change", label);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (prompt.value.trim()) onOrder(chosen(), prompt.value.trim());
  });
  prompt.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  bindSuggestions(prompt);

  return {
    showCosts: (operations) => {
      costs = operations;
      label();
    },
  };
}

function bindSuggestions(prompt: HTMLTextAreaElement): void {
  let next = 0;
  byId("suggest", HTMLButtonElement).addEventListener("click", () => {
    prompt.value = SUGGESTIONS[next % SUGGESTIONS.length] ?? "";
    next += 1;
    prompt.focus();
  });
}

const SUGGESTIONS = [
  "A lighthouse that sells umbrellas",
  "The last night train over the mountains",
  "A quilt made of kitchen windows",
  "Music for a small harbour in the rain",
  "A market stall that only sells second chances",
];
