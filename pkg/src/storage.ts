import { createStore, del, promisifyRequest, set, type UseStore } from "idb-keyval";

/**
 * Where one account's spends are kept until their fate is known, so that a closed tab cannot lose
 * one. Records are opaque.
 */
export interface CreditStorage {
  /** Every record saved and not forgotten. */
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

let database: UseStore | undefined;

/** Keeps records in IndexedDB, database `creditpack`, under `[endpoint, account, op]`. */
export function indexedDbStorage(endpoint: string, account: string): CreditStorage {
  database ??= createStore("creditpack", "spends");
  const store = database;
  // In IndexedDB's order an array comes after every string: this bounds exactly the account's ops.
  const range = () => IDBKeyRange.bound([endpoint, account], [endpoint, account, []]);
  return {
    // A browser that forbids IndexedDB has stored nothing either; `save` will tell the client.
    load: () =>
      store("readonly", (spends) => promisifyRequest<string[]>(spends.getAll(range()))).catch(
        () => [],
      ),
    save: (op, record) => set([endpoint, account, op], record, store),
    forget: (op) => del([endpoint, account, op], store),
    clear: () => store("readwrite", (spends) => promisifyRequest(spends.delete(range()))),
  };
}

/** Keeps nothing, and says so: a client that cannot store a spend declares itself memory-only. */
export function noStorage(): CreditStorage {
  return {
    load: async () => [],
    save: () => Promise.reject(new Error("Spends are not stored here.")),
    forget: async () => {},
  };
}
