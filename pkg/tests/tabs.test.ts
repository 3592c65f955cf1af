// Tabs over Node's own BroadcastChannel and the standard's locks, in memory.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createTabs, type Role, type Tabs } from "../src/tabs.js";
import { MemoryLocks } from "./locks.js";

interface Seen {
  readonly tabs: Tabs;
  readonly roles: Role[];
  readonly told: unknown[];
  heard: number;
  signedOut: number;
}

const opened: Tabs[] = [];
let name = "";
let names = 0;

beforeEach(() => {
  vi.stubGlobal("navigator", { locks: new MemoryLocks() });
  names += 1;
  name = `tabs of test ${names}`;
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  for (const tabs of opened.splice(0)) tabs.leave();
});

function create(account = name): Seen {
  const seen: Seen = {
    tabs: createTabs(account, {
      role: (role) => seen.roles.push(role),
      told: (digest) => seen.told.push(digest),
      leaderHeard: () => {
        seen.heard += 1;
      },
      signedOut: () => {
        seen.signedOut += 1;
      },
      isFresh: () => true,
    }),
    roles: [],
    told: [],
    heard: 0,
    signedOut: 0,
  };
  opened.push(seen.tabs);
  return seen;
}

async function open(account = name): Promise<Seen> {
  const seen = create(account);
  await seen.tabs.join();
  return seen;
}

test("the first tab is alone, the second follows, and the first leads from then on", async () => {
  const first = await open();
  expect(first.roles).toEqual(["alone"]);
  const second = await open();
  expect(second.roles).toEqual(["following"]);
  second.tabs.tell(undefined);
  await vi.waitFor(() => expect(first.roles).toEqual(["alone", "leading"]));
  await vi.waitFor(() => expect(second.heard).toBeGreaterThan(0));
});

test("what one tells, all others hear, and no other account does", async () => {
  const first = await open();
  const second = await open();
  const stranger = await open(`${name} of another account`);
  second.tabs.tell({ version: 7 });
  await vi.waitFor(() => expect(first.told).toEqual([{ version: 7 }]));
  expect(second.told).toEqual([]);
  first.tabs.tellSignedOut();
  await vi.waitFor(() => expect(second.signedOut).toBe(1));
  expect([stranger.told, stranger.signedOut, stranger.roles]).toEqual([[], 0, ["alone"]]);
});

test("when the leading tab goes, the next one leads, and is alone", async () => {
  const first = await open();
  const second = await open();
  first.tabs.leave();
  await vi.waitFor(() => expect(second.roles).toEqual(["following", "alone"]));
});

test("of three tabs one leads after the first is gone", async () => {
  const first = await open();
  const others = [await open(), await open()];
  first.tabs.leave();
  const now = () => others.map(({ roles }) => roles.at(-1)).sort();
  await vi.waitFor(() => expect(now()).toEqual(["following", "leading"]));
});

test("a tab that comes back follows", async () => {
  const first = await open();
  const second = await open();
  first.tabs.leave();
  await vi.waitFor(() => expect(second.roles.at(-1)).toBe("alone"));
  await first.tabs.join();
  expect(first.roles.at(-1)).toBe("following");
});

test("a tab that comes back at once takes its own lock for no other tab's", async () => {
  const only = await open();
  only.tabs.leave();
  await only.tabs.join();
  expect(only.roles).toEqual(["alone", "alone"]);
});

test("a tab that leaves before it has a role has not joined", async () => {
  const { tabs } = create();
  const joined = tabs.join();
  tabs.leave();
  expect(await joined).toBe(false);
});

test("a tab that may have no locks works alone", async () => {
  const request = () => Promise.reject(new DOMException("an opaque origin", "SecurityError"));
  vi.stubGlobal("navigator", { locks: { request } });
  expect((await open()).roles).toEqual(["alone"]);
});

test("a leader that answers is not robbed, however long it was silent", async () => {
  vi.useFakeTimers({ toFake: ["Date", "setInterval", "clearInterval"] });
  const first = await open();
  const second = await open();
  for (let turn = 0; turn < 5; turn += 1) {
    // A throttled tab: its timers run once a minute, its messages arrive.
    vi.setSystemTime(Date.now() + 60_000);
    vi.advanceTimersByTime(2000);
    const before = second.heard;
    await vi.waitFor(() => expect(second.heard).toBeGreaterThan(before));
  }
  expect(second.roles).toEqual(["following"]);
  expect(first.roles).toEqual(["alone", "leading"]);
});

test("a frozen leader loses the lead, and follows when it wakes", async () => {
  vi.useFakeTimers({ toFake: ["Date", "setInterval", "clearInterval"] });
  const frozen = freezable();
  const first = await open();
  const second = await open();
  second.tabs.tell(undefined);
  await vi.waitFor(() => expect(first.roles.at(-1)).toBe("leading"));
  frozen.freeze();
  for (let turn = 0; turn < 4; turn += 1) {
    vi.advanceTimersByTime(2000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await vi.waitFor(() => expect(second.roles).toEqual(["following", "leading"]));
  frozen.thaw();
  await vi.waitFor(() => expect(first.roles.at(-1)).toBe("following"));
  expect(second.roles.at(-1)).toBe("leading");
});

test("what reaches a tab late says nothing of how things are now", async () => {
  vi.useFakeTimers({ toFake: ["Date", "setInterval", "clearInterval"] });
  await open();
  const sleep = freezable();
  const sleeper = await open();
  sleeper.tabs.tell(undefined);
  await vi.waitFor(() => expect(sleeper.heard).toBe(1));
  for (const [slept_ms, heard] of [
    [100, 2],
    [60_000, 2],
  ] as const) {
    sleep.freeze();
    vi.advanceTimersByTime(2000);
    await vi.waitFor(() => expect(sleep.late()).toBe(1));
    vi.setSystemTime(Date.now() + slept_ms);
    sleep.thaw();
    expect(sleeper.heard).toBe(heard);
  }
});

test("without Web Locks every tab is alone, and joins at once", async () => {
  vi.stubGlobal("navigator", {});
  const first = await open();
  const second = await open();
  first.tabs.tell({ version: 1 });
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect([first.roles, second.roles, second.told]).toEqual([[], [], []]);
});

/** Makes the first channel that opens one that can be frozen: it hears and says nothing meanwhile. */
function freezable() {
  const Real = BroadcastChannel;
  let isFrozen = false;
  let first: BroadcastChannel | undefined;
  const late: MessageEvent[] = [];
  class Freezable extends Real {
    #hear: ((event: MessageEvent) => void) | null = null;
    constructor(channel: string) {
      super(channel);
      first ??= this;
      super.onmessage = (event: MessageEvent) => {
        if (isFrozen && first === this) late.push(event);
        else this.#hear?.(event);
      };
    }
    override set onmessage(hear: ((event: MessageEvent) => void) | null) {
      this.#hear = hear;
    }
    override get onmessage() {
      return this.#hear;
    }
    override postMessage(message: unknown): void {
      if (!isFrozen || first !== this) super.postMessage(message);
    }
  }
  vi.stubGlobal("BroadcastChannel", Freezable);
  return {
    freeze: () => {
      isFrozen = true;
    },
    late: () => late.length,
    thaw: () => {
      isFrozen = false;
      for (const event of late.splice(0)) first?.onmessage?.(event);
    },
  };
}
