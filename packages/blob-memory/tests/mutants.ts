import { EngineError } from "@pawl/kernel";
import type { BlobStore } from "@pawl/kernel/ports";

export interface BlobMutant {
  readonly name: string;
  /** Clause whose cases must fail. */
  readonly clause: string;
  readonly mutate: (store: BlobStore) => Partial<BlobStore>;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Stores that are wrong in one way each. */
export const MUTANTS: readonly BlobMutant[] = [
  {
    name: "loses the last byte",
    clause: "BLOB-1",
    mutate: (store) => ({ get: async (key) => (await store.get(key))?.slice(0, -1) }),
  },
  {
    name: "takes an empty blob for a missing one",
    clause: "BLOB-1",
    mutate: (store) => ({ get: async (key) => nonEmpty(await store.get(key)) }),
  },
  {
    name: "stores the buffer under a view",
    clause: "BLOB-1",
    mutate: (store) => ({ put: (key, bytes) => store.put(key, new Uint8Array(bytes.buffer)) }),
  },
  {
    name: "answers a missing key with no bytes",
    clause: "BLOB-1",
    mutate: (store) => ({ get: async (key) => (await store.get(key)) ?? new Uint8Array() }),
  },
  {
    name: "says it has what it has not",
    clause: "BLOB-1",
    mutate: (store) => ({ has: async (key) => (await store.has(key)) || key !== "" }),
  },
  {
    name: "answers parallel readers with the last key's bytes",
    clause: "BLOB-1",
    mutate: (store) => {
      let last = "";
      return {
        get: async (key) => {
          last = key;
          await turn();
          return store.get(last);
        },
      };
    },
  },
  {
    name: "overwrites",
    clause: "BLOB-2",
    mutate: (store) => ({
      put: async (key, bytes) => {
        await store.delete(key);
        await store.put(key, bytes);
      },
    }),
  },
  {
    name: "shows the first half while it writes the second",
    clause: "BLOB-2",
    mutate: (store) => ({
      put: async (key, bytes) => {
        if (await store.has(key)) return;
        await store.put(key, bytes.slice(0, bytes.length / 2));
        for (let i = 0; i < 5; i++) await turn();
        await store.delete(key);
        await store.put(key, bytes);
      },
    }),
  },
  {
    name: "has before it can be read",
    clause: "BLOB-2",
    mutate: (store) => {
      const coming = new Set<string>();
      return {
        has: async (key) => coming.has(key) || store.has(key),
        put: async (key, bytes) => {
          coming.add(key);
          for (let i = 0; i < 5; i++) await turn();
          await store.put(key, bytes);
          coming.delete(key);
        },
      };
    },
  },
  {
    name: "mixes racing writers",
    clause: "BLOB-2",
    mutate: (store) => {
      const parts = new Map<string, Uint8Array>();
      return {
        put: async (key, bytes) => {
          parts.set(key, bytes.slice(0, 100));
          await turn();
          const first = parts.get(key) ?? bytes;
          await store.put(key, Uint8Array.from([...first, ...bytes.subarray(first.length)]));
        },
      };
    },
  },
  {
    name: "complains of a delete of a missing key",
    clause: "BLOB-3",
    mutate: (store) => ({
      delete: async (key) => {
        if (!(await store.has(key))) throw new EngineError("E_BLOB_MISSING", `No ${key}`);
        await store.delete(key);
      },
    }),
  },
  {
    name: "never deletes",
    clause: "BLOB-3",
    mutate: (store) => ({
      delete: async (key) => {
        await store.has(key);
      },
    }),
  },
  {
    name: "deletes the neighbours too",
    clause: "BLOB-3",
    mutate: (store) => ({
      delete: async (key) => {
        await store.delete(key);
        for (const entry of await store.list(key.slice(0, 2))) await store.delete(entry.key);
      },
    }),
  },
  {
    name: "leaves a tombstone that swallows the next put",
    clause: "BLOB-3",
    mutate: (store) => {
      const dead = new Set<string>();
      return {
        delete: async (key) => {
          await store.delete(key);
          dead.add(key);
        },
        put: async (key, bytes) => {
          if (!dead.has(key)) await store.put(key, bytes);
        },
      };
    },
  },
  {
    name: "lists without regard to the prefix",
    clause: "BLOB-4",
    mutate: (store) => ({ list: () => store.list("") }),
  },
  {
    name: "lists by the first two characters of the prefix",
    clause: "BLOB-4",
    mutate: (store) => ({ list: (prefix) => store.list(prefix.slice(0, 2)) }),
  },
  {
    name: "lists one page",
    clause: "BLOB-4",
    mutate: (store) => ({ list: async (prefix) => (await store.list(prefix)).slice(0, 1_000) }),
  },
  {
    name: "dates what it lists in seconds",
    clause: "BLOB-4",
    mutate: (store) => ({
      list: async (prefix) =>
        (await store.list(prefix)).map((entry) => ({
          ...entry,
          storedAt: Math.floor(entry.storedAt / 1_000),
        })),
    }),
  },
  {
    name: "dates what it lists by the listing",
    clause: "BLOB-2",
    mutate: (store) => {
      let later = 0;
      return {
        list: async (prefix) =>
          (await store.list(prefix)).map((entry) => ({
            ...entry,
            storedAt: entry.storedAt + ++later,
          })),
      };
    },
  },
  {
    name: "lists what was deleted meanwhile, as empty",
    clause: "BLOB-4",
    mutate: (store) => ({
      list: async (prefix) => {
        const listed = await store.list(prefix);
        await turn();
        const read = await Promise.all(listed.map((entry) => store.get(entry.key)));
        return listed.map((entry, i) => ({ ...entry, size: read[i]?.length ?? 0 }));
      },
    }),
  },
  {
    name: "takes upper case for lower case",
    clause: "BLOB-5",
    mutate: (store) => ({
      put: (key, bytes) => store.put(key.toLowerCase(), bytes),
      get: (key) => store.get(key.toLowerCase()),
      has: (key) => store.has(key.toLowerCase()),
      delete: (key) => store.delete(key.toLowerCase()),
    }),
  },
  {
    name: "trims keys",
    clause: "BLOB-5",
    mutate: (store) => ({ get: (key) => store.get(key.trim()) }),
  },
  {
    name: "checks keys in put only",
    clause: "BLOB-5",
    mutate: (store) => ({
      delete: (key) => (/^[a-z0-9-]+$/.test(key) ? store.delete(key) : Promise.resolve()),
    }),
  },
  {
    name: "refuses a key with a bare error",
    clause: "BLOB-5",
    mutate: (store) => ({
      has: (key) => store.has(key).catch(() => Promise.reject(new TypeError("bad key"))),
    }),
  },
  {
    name: "takes keys of 201 characters",
    clause: "BLOB-5",
    mutate: (store) => ({ get: (key) => store.get(key.slice(0, 200)) }),
  },
  {
    name: "hands out the stored bytes themselves",
    clause: "BLOB-6",
    mutate: (store) => {
      const shared = new Map<string, Uint8Array>();
      return {
        get: async (key) => {
          const bytes = shared.get(key) ?? (await store.get(key));
          if (bytes !== undefined) shared.set(key, bytes);
          return bytes;
        },
      };
    },
  },
  {
    name: "keeps the caller's own bytes",
    clause: "BLOB-6",
    mutate: (store) => {
      const given = new Map<string, Uint8Array>();
      return {
        put: async (key, bytes) => {
          await store.put(key, bytes);
          if (!given.has(key)) given.set(key, bytes);
        },
        get: async (key) => (await store.get(key)) && given.get(key)?.slice(),
      };
    },
  },
];

const nonEmpty = (bytes: Uint8Array | undefined): Uint8Array | undefined =>
  bytes?.length === 0 ? undefined : bytes;
