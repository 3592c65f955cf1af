import { createStore, del, promisifyRequest, set, type UseStore } from "idb-keyval";

/**
 * Where one account's spends are kept until their fate is known, so that a closed tab cannot lose
 * one. Records are opaque.
 */
export interface CreditStorage {
  /** Every record saved and not forgotten; after a rejection the client goes on without any. */
  load(): Promise<string[]>;
  /**
   * Resolves once the record is durable; a rejection, or five seconds without an answer, makes the
   * client memory-only.
   */
  save(op: string, record: string): Promise<void>;
  forget(op: string): Promise<void>;
  /**
   * Forgets every record, when the account signs out. Without it those of the spends that are known
   * by then are forgotten one by one.
   */
  clear?(): Promise<void>;
}

const database = createStore("creditpack", "spends");

/**
 * Opened when first used, and let go of when somebody deletes it, such as a product that clears its
 * traces: to hold it open would keep that waiting, and then every other page of the origin.
 */
const spends: UseStore = (mode, use) =>
  database(mode, (store) => {
    const { db } = store.transaction;
    db.onversionchange = () => {
      db.close();
      // Thus idb-keyval knows that it is to be opened anew: one's own closing tells nobody.
      db.dispatchEvent(new Event("close"));
    };
    return use(store);
  });

/** Keeps records in IndexedDB, database `creditpack`, under `[endpoint, account, op]`. */
export function indexedDbStorage(endpoint: string, account: string): CreditStorage {
  // In IndexedDB's order an array comes after every string: this bounds exactly the account's ops.
  const range = () => IDBKeyRange.bound([endpoint, account], [endpoint, account, []]);
  return {
    load: () => spends("readonly", (store) => promisifyRequest<string[]>(store.getAll(range()))),
    save: (op, record) => set([endpoint, account, op], record, spends),
    forget: (op) => del([endpoint, account, op], spends),
    clear: () => spends("readwrite", (store) => promisifyRequest(store.delete(range()))),
  };
}

/** Keeps nothing, and says so: a client that cannot store a spend declares itself memory-only. */
export function noStorage(): CreditStorage {
  return {
    load: async () => [],
    save: () => Promise.reject(),
    forget: async () => {},
  };
}
