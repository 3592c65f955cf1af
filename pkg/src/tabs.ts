/** What this tab is to the other tabs of its account. */
export type Role = "alone" | "leading" | "following";

/** What a tab hears of the others. */
export interface TabListener {
  role(role: Role): void;
  /** What another tab tells; undefined if it asks what there is to know. */
  told(digest: unknown): void;
  /** The leading tab lives, and what it knows is fresh. */
  leaderHeard(): void;
  signedOut(): void;
  /** Whether what this tab knows is fresh. */
  isFresh(): boolean;
}

/** One tab among those of its account in this browser. */
export interface Tabs {
  /** Resolves once the tab has its first role; with false if it left before. */
  join(): Promise<boolean>;
  tell(digest: unknown): void;
  tellSignedOut(): void;
  /** Leaves for a while, or for good; whoever waits may lead. `join` comes back. */
  leave(): void;
}

type Message =
  | { readonly is: "told"; readonly digest: unknown }
  | { readonly is: "beat"; readonly fence: number; readonly fresh: boolean; readonly atMs: number }
  | { readonly is: "ping" }
  | { readonly is: "signed-out" };

/** How often the leading tab shows that it lives, and how long it may be silent. */
const BEAT_MS = 2000;
const SILENCE_MS_MAX = 3000;
/** How long an asked leader may take to answer: a throttled tab answers, a frozen one does not. */
const ANSWER_MS_MAX = 2000;

/**
 * The tabs that share `name`. One of them leads: it holds a Web Lock, so that another takes its
 * place the moment it is gone. A leader that does not answer is frozen, and loses the lock. Each
 * lead has a number, its fence, higher than any before; who hears a higher one leads no more.
 *
 * Without Web Locks or BroadcastChannel, as in Node, a tab is alone.
 */
export function createTabs(name: string, listener: TabListener): Tabs {
  const locks = globalThis.navigator?.locks;
  const possible = locks !== undefined && typeof BroadcastChannel !== "undefined";
  const fence: Fence = { highest: 0 };
  let stay: Stay | undefined;
  let released: Promise<unknown> = Promise.resolve();
  return {
    join: async () => {
      if (!possible) return true;
      stay ??= begin(locks, name, listener, fence, released);
      const joined = stay;
      await joined.settled;
      return stay === joined;
    },
    tell: (digest) => stay?.say({ is: "told", digest }),
    tellSignedOut: () => stay?.say({ is: "signed-out" }),
    leave: () => {
      released = stay?.end() ?? released;
      stay = undefined;
    },
  };
}

/** The highest fence that this tab has had or heard of. */
interface Fence {
  highest: number;
}

/** From joining to leaving. */
interface Stay {
  readonly settled: Promise<void>;
  say(message: Message): void;
  /** Resolves once it holds no lock any more. */
  end(): Promise<unknown>;
}

/** A tab that comes back would take its own lock for another tab's: it waits for `free` first. */
function begin(
  locks: LockManager,
  name: string,
  listener: TabListener,
  fence: Fence,
  free: Promise<unknown>,
): Stay {
  const channel = new BroadcastChannel(name);
  const ended = new AbortController();
  const over = new Promise<void>((resolve) => {
    ended.signal.addEventListener("abort", () => resolve());
  });
  let known = () => {};
  const settled = new Promise<void>((resolve) => {
    known = resolve;
  });
  let role: Role | undefined;
  let heardAtMs = 0;
  let askedAtMs: number | undefined;
  let request = new AbortController();
  let contending = Promise.resolve();
  let yieldLead = () => {};

  function become(next: Role): void {
    if (ended.signal.aborted || next === role) return;
    role = next;
    listener.role(next);
    known();
  }

  function say(message: Message): void {
    if (!ended.signal.aborted) channel.postMessage(message);
  }

  function beat(): void {
    say({ is: "beat", fence: fence.highest, fresh: listener.isFresh(), atMs: Date.now() });
  }

  function answer(): void {
    if (role === "leading") beat();
  }

  /** Asks for the lead, in place of any earlier request; follows when it is over, or not to be had. */
  function contend(options: LockOptions): void {
    request.abort();
    contending = askForLead(options);
  }

  async function askForLead(options: LockOptions): Promise<void> {
    const own = new AbortController();
    request = own;
    // The standard takes no signal beside the other two.
    const signal = options.ifAvailable || options.steal ? {} : { signal: own.signal };
    try {
      await locks.request(name, { ...options, ...signal }, (lock) => (lock ? lead() : undefined));
    } catch (thrown) {
      // Given up for another request, or stolen by another tab; or a page that may have no locks.
      if ((thrown as Error).name !== "AbortError") return become("alone");
    }
    if (request === own) follow();
  }

  /** Leads until another tab takes the lead, or this one leaves. */
  async function lead(): Promise<void> {
    const yielded = new Promise<void>((resolve) => {
      yieldLead = resolve;
    });
    // By the clock: a tab that never heard of the leads before takes a higher number too.
    fence.highest = Math.max(fence.highest + 1, Date.now());
    become((await isAlone(locks, name)) ? "alone" : "leading");
    beat();
    await Promise.race([yielded, over]);
  }

  function follow(): void {
    if (ended.signal.aborted) return;
    heardAtMs = Date.now();
    askedAtMs = undefined;
    become("following");
    contend({});
  }

  async function turn(): Promise<void> {
    if (role === "following") return watchLeader();
    if (role === "leading" && (await isAlone(locks, name))) become("alone");
    if (role === "leading") beat();
  }

  /** By the wall clock: a tab that slept asks first, and steals only from who stays silent. */
  function watchLeader(): void {
    const nowMs = Date.now();
    if (askedAtMs === undefined && nowMs - heardAtMs >= SILENCE_MS_MAX) {
      askedAtMs = nowMs;
      say({ is: "ping" });
    } else if (askedAtMs !== undefined && nowMs - askedAtMs >= ANSWER_MS_MAX) {
      heardAtMs = nowMs;
      askedAtMs = undefined;
      contend({ steal: true });
    }
  }

  function hear(message: Message): void {
    if (role === "alone") become("leading");
    switch (message.is) {
      case "told":
        // Whoever asks hears first that what it will be told is fresh.
        if (message.digest === undefined) answer();
        listener.told(message.digest);
        break;
      case "beat":
        // One that waited while this tab slept says nothing of how things are now.
        hearBeat(message.fence, message.fresh && Date.now() - message.atMs < SILENCE_MS_MAX);
        break;
      case "ping":
        answer();
        break;
      case "signed-out":
        listener.signedOut();
    }
  }

  function hearBeat(heard: number, fresh: boolean): void {
    if (heard < fence.highest) return;
    if (role !== "following") {
      if (heard > fence.highest) yieldLead();
      return;
    }
    fence.highest = heard;
    heardAtMs = Date.now();
    askedAtMs = undefined;
    if (fresh) listener.leaderHeard();
  }

  channel.onmessage = ({ data }: MessageEvent<Message>) => hear(data);
  const timer = setInterval(() => void turn(), BEAT_MS);
  // Every tab shares this lock as long as it lives: who holds it is counted.
  const member = free
    .then(() =>
      locks.request(memberLock(name), { mode: "shared" }, () => {
        if (!ended.signal.aborted) contend({ ifAvailable: true });
        return over;
      }),
    )
    .catch(() => become("alone"));
  return {
    settled: Promise.race([settled, over]),
    say,
    end: () => {
      clearInterval(timer);
      ended.abort();
      request.abort();
      channel.close();
      return Promise.all([member, contending]);
    },
  };
}

const memberLock = (name: string) => `${name} tab`;

async function isAlone(locks: LockManager, name: string): Promise<boolean> {
  const { held = [] } = await locks.query();
  return held.filter((lock) => lock.name === memberLock(name)).length < 2;
}
