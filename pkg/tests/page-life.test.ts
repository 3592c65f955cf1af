import { afterEach, expect, test, vi } from "vitest";
import { watchPage } from "../src/page.js";

afterEach(() => {
  vi.unstubAllGlobals();
});

/** What the client is told of events, each dispatched at the window or the document. */
function told(hasPage: boolean, onLine: boolean, ...events: readonly (() => Event)[]): string[] {
  const stage = new EventTarget();
  const document = Object.assign(new EventTarget(), { visibilityState: "visible" });
  const on: typeof stage.addEventListener = (...how) => stage.addEventListener(...how);
  vi.stubGlobal("addEventListener", on);
  vi.stubGlobal("navigator", { onLine });
  if (hasPage) {
    vi.stubGlobal("window", { addEventListener: on });
    vi.stubGlobal("document", document);
  }
  const heard: string[] = [];
  const stop = watchPage({
    online: (yes) => heard.push(yes ? "online" : "offline"),
    seen: () => heard.push("seen"),
    away: () => heard.push("away"),
  });
  const dispatch = () => {
    for (const event of events) for (const at of [stage, document]) at.dispatchEvent(event());
  };
  dispatch();
  stop();
  const before = heard.length;
  dispatch();
  expect(heard).toHaveLength(before);
  return heard;
}

const event = (type: string) => () => new Event(type);
const pageshow = (persisted: boolean) => () => Object.assign(new Event("pageshow"), { persisted });

test("a page tells of its connection, its comings and goings, and of being frozen", () => {
  const at = (...events: readonly (() => Event)[]) => told(true, true, ...events);
  expect(at(event("offline"), event("online"))).toEqual(["offline", "online"]);
  expect(at(event("pagehide"), pageshow(true))).toEqual(["away", "seen"]);
  expect(at(pageshow(false))).toEqual([]);
  expect(at(event("freeze"), event("resume"))).toEqual(["away", "seen"]);
  expect(at(event("visibilitychange"))).toEqual(["seen"]);
  expect(told(true, false)).toEqual(["offline"]);
});

test("a page that was left and frozen is back once, when it is neither", () => {
  const seen = event("visibilitychange");
  const away = [event("pagehide"), event("freeze")];
  const heard = ["away", "seen"];
  expect(told(true, true, ...away, event("resume"), seen, pageshow(true))).toEqual(heard);
  expect(told(true, true, ...away, pageshow(true), event("resume"))).toEqual(heard);
  expect(told(true, true, ...away, seen)).toEqual(["away"]);
});

test("a worker tells of its connection only", () => {
  expect(told(false, false, event("online"), event("pagehide"))).toEqual(["offline", "online"]);
});

test("where there are no such events nothing is told", () => {
  vi.stubGlobal("addEventListener", undefined);
  const observer = { online: vi.fn(), seen: vi.fn(), away: vi.fn() };
  watchPage(observer)();
  expect(observer.online).not.toHaveBeenCalled();
});
