import { type Backstage, DELAYS_MS, WEBHOOK_DELAYS_MS } from "../shared/api.ts";
import { make } from "./element.ts";
import { loadBackstage, setBackstage } from "./studio_api.ts";

/** The demo's controls: ways to be unkind to the page, each with what to watch for. */
export interface BackstagePanel {
  readonly state: Readonly<Backstage>;
  /** Shows what the server is set to now; the next failure, for one, is used up by happening. */
  refresh(): Promise<void>;
}

interface Control {
  field: keyof Backstage;
  title: string;
  watch: string;
  choices: { value: Backstage[keyof Backstage]; label: string }[];
}

const CONTROLS: Control[] = [
  {
    field: "fail_next",
    title: "The next generation",
    watch: "Let it fail: the credit is back when the work stops, and the card says “not charged”.",
    choices: choices([false, true], (fails) => (fails ? "Fails" : "Works")),
  },
  {
    field: "delay_ms",
    title: "The backend’s answers",
    watch: "However late they come, the number drops the moment you press the button.",
    choices: choices(DELAYS_MS, (ms) => (ms === 0 ? "At once" : `${ms / 1000} s late`)),
  },
  {
    field: "dropped",
    title: "The connection to the backend",
    watch: "Cut it and work on: reconnect, and the number settles to what really happened.",
    choices: choices([false, true], (dropped) => (dropped ? "Cut" : "Fine")),
  },
  {
    field: "webhook_delay_ms",
    title: "The payment’s confirmation",
    watch:
      "Pay: the page asks by itself and is not kept waiting. Pay later: credits stay incoming.",
    choices: choices(WEBHOOK_DELAYS_MS, (ms) => (ms === 0 ? "At once" : `${ms / 1000} s late`)),
  },
];

export function bindBackstage(details: HTMLDetailsElement, host: HTMLElement): BackstagePanel {
  let state: Backstage = { fail_next: false, delay_ms: 0, dropped: false, webhook_delay_ms: 0 };
  let asked = 0;
  // Of several answers under way only the last one asked for counts: an older one would undo it.
  const adopt = async (answer: Promise<Backstage>) => {
    asked += 1;
    const turn = asked;
    const next = await answer;
    if (turn !== asked) return;
    state = next;
    for (const input of host.querySelectorAll("input")) {
      input.checked = input.value === String(state[input.name as keyof Backstage]);
    }
  };
  const set = (change: Partial<Backstage>) => adopt(setBackstage(change));
  const refresh = () => adopt(loadBackstage());
  host.append(...CONTROLS.map((control) => fieldset(control, set)), secondTab());
  details.addEventListener("toggle", () => void refresh());
  return {
    get state() {
      return state;
    },
    refresh,
  };
}

function fieldset(control: Control, set: (change: Partial<Backstage>) => void): HTMLElement {
  const segments = make("div", "segments");
  for (const { value, label } of control.choices) {
    const input = make("input");
    Object.assign(input, { type: "radio", name: control.field, value: String(value) });
    input.addEventListener("change", () => set({ [control.field]: value }));
    segments.append(make("label", "", input, make("span", "", label)));
  }
  const legend = make("legend", "control-title", control.title);
  return make("fieldset", "control", legend, segments, make("p", "control-watch", control.watch));
}

function secondTab(): HTMLElement {
  const link = make("a", "control-link", "Open a second tab");
  Object.assign(link, { href: "/", target: "_blank", rel: "noopener" });
  const watch = "Spend in either: both show the same number within a second.";
  const title = make("p", "control-title", "Company");
  return make("div", "control", title, link, make("p", "control-watch", watch));
}

function choices<T extends number | boolean>(values: readonly T[], label: (value: T) => string) {
  return values.map((value) => ({ value, label: label(value) }));
}
