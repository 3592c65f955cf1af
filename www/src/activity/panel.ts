import { type Credits, type Entry, isCreditError } from "creditpack";
import { byId, make, say } from "../element.ts";
import { moment } from "../words.ts";
import { type ActivityLine, activityLines } from "./lines.ts";

/** A spend is two entries; the style sheet shows the first few lines until asked for more. */
const ENTRIES_MAX = 40;
/** How long after a read that failed it is tried again, if the snapshot tells nothing before. */
const PAUSE_MS = 5_000;

const NEVER_READ = -1;
const NOTHING_YET = "Purchases and spends will be listed here.";
const UNREAD = "Your activity could not be read just now. It will be tried again.";

/**
 * Keeps the activity list at the ledger's newest version. `onEntries` gets what was read, newest
 * first.
 */
export function bindActivity(
  client: Credits,
  list: HTMLElement,
  onEntries: (entries: readonly Entry[]) => void,
): void {
  let readVersion = NEVER_READ;
  let again = 0;
  let reading = false;

  const read = async () => {
    reading = true;
    const { version } = client.getSnapshot();
    try {
      const entries: Entry[] = [];
      for await (const entry of client.history({ limit: ENTRIES_MAX })) entries.push(entry);
      readVersion = version;
      render(list, activityLines(entries));
      onEntries(entries);
    } catch (error) {
      // What was read before is not wrong, only old. Before the client is there nothing was tried.
      const tried = !(isCreditError(error) && error.code === "not_ready");
      if (readVersion === NEVER_READ && tried) list.replaceChildren(remark(UNREAD));
      clearTimeout(again);
      again = window.setTimeout(() => void follow(), PAUSE_MS);
    } finally {
      reading = false;
    }
  };
  const follow = async () => {
    while (!reading && client.getSnapshot().version !== readVersion) {
      const wanted = client.getSnapshot().version;
      await read();
      if (readVersion !== wanted) return;
    }
  };
  bindMore();
  client.subscribe(() => void follow());
  void client.ready.then(follow, () => {});
}

function bindMore(): void {
  const panel = byId("activity-panel", HTMLElement);
  const more = byId("activity-more", HTMLButtonElement);
  more.addEventListener("click", () => {
    const all = panel.toggleAttribute("data-all");
    more.ariaExpanded = String(all);
    say(more, all ? "Show less" : "Show more");
  });
}

function render(list: HTMLElement, lines: readonly ActivityLine[]): void {
  const rows = new Map(
    [...list.querySelectorAll<HTMLElement>("li")].map((row) => [keyOf(row), row]),
  );
  const wanted = lines.map((line) => {
    const row = rows.get(line.key) ?? newRow(line.key);
    fill(row, line);
    return row;
  });
  list.replaceChildren(...(wanted.length > 0 ? wanted : [remark(NOTHING_YET)]));
}

function keyOf(row: HTMLElement): string {
  return row.dataset.key ?? "";
}

function newRow(key: string): HTMLElement {
  const row = make("li", "line", make("span", "line-what"), make("span", "line-change"));
  row.append(make("span", "line-detail"), make("time", "line-time"));
  row.dataset.key = key;
  return row;
}

function fill(row: HTMLElement, line: ActivityLine): void {
  row.dataset.tone = line.tone;
  const texts = [line.what, line.change, line.detail, moment(line.atMs, Date.now())];
  for (const [nth, text] of texts.entries()) say(row.children[nth] as Element, text);
}

/** A line in place of lines. */
function remark(text: string): HTMLElement {
  return make("li", "line-none", text);
}
