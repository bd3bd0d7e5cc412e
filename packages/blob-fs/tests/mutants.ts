import { readdir, readFile, rename, rm, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createFsBlobStore } from "@pawl/blob-fs";
import { EngineError } from "@pawl/kernel";
import type { BlobStore } from "@pawl/kernel/ports";
import { type Files, NODE_FILES } from "../src/files.ts";
import { FsBlobStore } from "../src/fs-blob-store.ts";

export interface FsMutant {
  readonly name: string;
  /** Clause whose cases must fail. */
  readonly clause: string;
  /** Opens a store that is wrong in one way. */
  readonly mutate: (directory: string) => BlobStore;
}

const on = (directory: string, broken: object): BlobStore =>
  new FsBlobStore({ directory }, { ...NODE_FILES, ...broken } as Files);

const around = (directory: string, change: (store: BlobStore) => Partial<BlobStore>): BlobStore => {
  const store = createFsBlobStore({ directory });
  const { put, get, has, delete: remove, list } = store;
  const bound = { put, get, has, delete: remove, list };
  for (const [verb, method] of Object.entries(bound)) {
    Object.assign(bound, { [verb]: method.bind(store) });
  }
  return { ...bound, ...change(store) };
};

export const MUTANTS: readonly FsMutant[] = [
  {
    name: "copies into place instead of renaming",
    clause: "BLOB-2",
    mutate: (directory) =>
      on(directory, {
        rename: async (from: string, to: string) => {
          await writeFile(to, await readFile(from));
          await rm(from);
        },
      }),
  },
  {
    name: "takes half a put for a whole one when it opens",
    clause: "BLOB-2",
    mutate: (directory) => {
      const adopt = async (): Promise<void> => {
        for (const name of await readdir(join(directory, "incoming")).catch(() => [])) {
          await createFsBlobStore({ directory }).put("de", new Uint8Array(1));
          await rename(join(directory, "incoming", name), join(directory, "de", "dead".repeat(16)));
        }
      };
      return around(directory, (store) => ({
        has: (key) => adopt().then(() => store.has(key)),
        get: (key) => adopt().then(() => store.get(key)),
      }));
    },
  },
  {
    name: "lists what is still being written",
    clause: "BLOB-2",
    mutate: (directory) =>
      around(directory, (store) => ({
        list: async (prefix) => {
          const halves = await readdir(join(directory, "incoming")).catch(() => []);
          const coming = halves.map((key) => ({ key, size: 1, storedAt: Date.now() }));
          return [...(await store.list(prefix)), ...coming];
        },
      })),
  },
  {
    name: "keeps blobs in memory only",
    clause: "BLOB-1",
    mutate: (directory) => {
      const blobs = new Map<string, Uint8Array>();
      return around(directory, () => ({
        put: async (key, bytes) => void blobs.set(key, bytes.slice()),
        get: async (key) => blobs.get(key)?.slice(),
        has: async (key) => blobs.has(key),
        list: async () =>
          [...blobs].map(([key, { length }]) => ({ key, size: length, storedAt: Date.now() })),
      }));
    },
  },
  {
    name: "fails the second of two racing deletes",
    clause: "BLOB-3",
    mutate: (directory) => on(directory, { rm: unlink }),
  },
  {
    name: "answers every stat with the same size",
    clause: "BLOB-4",
    mutate: (directory) =>
      on(directory, {
        stat: async (path: string) => Object.assign(await NODE_FILES.stat(path), { size: 7 }),
      }),
  },
  {
    name: "skips folders that it has not written to",
    clause: "BLOB-4",
    mutate: (directory) =>
      around(directory, (store) => ({
        list: async (prefix) => (prefix.length < 2 ? [] : store.list(prefix)),
      })),
  },
  {
    name: "answers a hostile key as a missing one",
    clause: "BLOB-5",
    mutate: (directory) =>
      around(directory, (store) => ({
        get: (key) =>
          store.get(key).catch((error: unknown) => {
            if (EngineError.is(error, "E_ARGUMENT_INVALID")) return undefined;
            throw error;
          }),
      })),
  },
  {
    name: "hands out one buffer to all readers",
    clause: "BLOB-6",
    mutate: (directory) => {
      const read = new Map<string, Promise<Buffer>>();
      return on(directory, {
        readFile: (path: string) => {
          const known = read.get(path) ?? NODE_FILES.readFile(path);
          read.set(path, known);
          return known;
        },
      });
    },
  },
];
