import type { Tab } from "./page/tab.ts";
import { expect, test } from "./shopper.ts";

/** Every phase that the page passes through from now on. */
async function recordPhases({ page }: Tab): Promise<() => Promise<readonly string[]>> {
  await page.evaluate(() => {
    const credits = document.querySelector("credit-provider")?.credits;
    window.passedPhases = [];
    credits?.subscribe(() => {
      const { phase } = credits.getSnapshot();
      if (window.passedPhases.at(-1) !== phase) window.passedPhases.push(phase);
    });
  });
  return () => page.evaluate(() => window.passedPhases);
}

declare global {
  interface Window {
    passedPhases: string[];
  }
}

/** A private window that keeps no databases. */
function denied(): void {
  IDBFactory.prototype.open = () => {
    throw new DOMException("denied", "SecurityError");
  };
}

/** A disk without room. */
function full(): void {
  IDBObjectStore.prototype.put = () => {
    throw new DOMException("full", "QuotaExceededError");
  };
}

for (const storage of [denied, full]) {
  test(`where storage is ${storage.name}, spends work, and the phase says so`, async ({
    account,
    context,
    open,
    world: { shop },
  }) => {
    await context.addInitScript(storage);
    const tab = await open();
    const phases = await recordPhases(tab);
    const { op } = await tab.spend();
    if (!op) throw new Error("a spend was refused");
    await expect(tab.shown).toHaveText("4");
    await shop.credits.withCredits({ account, op, operation: "image" }, () => "an image");
    await expect.poll(() => tab.open()).toBe(0);
    await expect.poll(() => tab.phase()).toBe("settled");
    expect(await phases()).toEqual(["pending", "unsaved", "settled"]);
  });
}

test("a spend outlives the crash of its only tab", async ({ account, open, world: { shop } }) => {
  const tab = await open();
  // It never gets out of the page.
  await tab.page.route("**/v1/holds", () => {});
  const asked = tab.page.waitForRequest("**/v1/holds");
  const { op } = await tab.spend();
  if (!op) throw new Error("a spend was refused");
  await asked;
  await tab.crash();
  expect(await shop.credits.account(account)).toMatchObject({ available: 5, held: 0 });
  const next = await open();
  await expect.poll(() => next.open()).toBe(1);
  await expect(next.shown).toHaveText("4");
  await shop.credits.withCredits({ account, op, operation: "image" }, () => "an image");
  await expect.poll(() => next.open()).toBe(0);
  expect(await shop.credits.account(account)).toMatchObject({ settled: 4, held: 0 });
});

test("who deletes the database under a page need not wait, and spends are stored as before", async ({
  open,
}) => {
  const tab = await open();
  const phases = await recordPhases(tab);
  await tab.spend();
  await expect.poll(() => tab.phase()).toBe("settled");
  const told = await tab.page.evaluate(
    () =>
      new Promise<string>((resolve) => {
        const deleting = indexedDB.deleteDatabase("creditpack");
        deleting.onsuccess = () => resolve("deleted");
        deleting.onblocked = () => resolve("blocked");
      }),
  );
  expect(told).toBe("deleted");
  await tab.spend();
  await expect(tab.shown).toHaveText("3");
  await expect.poll(() => tab.phase()).toBe("settled");
  expect(await phases()).not.toContain("unsaved");
});

test("signing out leaves nothing of its account in the browser", async ({ account, open }) => {
  const tab = await open();
  const records = () =>
    tab.page.evaluate(async (account) => {
      const request = indexedDB.open("creditpack");
      await new Promise((resolve) => {
        request.onsuccess = resolve;
      });
      const keys = request.result.transaction("spends").objectStore("spends").getAllKeys();
      await new Promise((resolve) => {
        keys.onsuccess = resolve;
      });
      request.result.close();
      return keys.result.filter((key) => Array.isArray(key) && key[1] === account).length;
    }, account);
  // The backend never hears that it is called off: it is stored until the account leaves.
  await tab.page.route("**/v1/holds/**", () => {});
  await tab.spend();
  await expect.poll(records).toBe(1);
  await tab.signOut();
  expect(await records()).toBe(0);
});
