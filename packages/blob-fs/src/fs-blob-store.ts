import { join, resolve } from "node:path";
import { assertBlobKey, type BlobEntry, type BlobStore } from "@pawl/kernel/ports";
import { type BlobOperation, translated } from "./errors.ts";
import {
  type Files,
  makeFolder,
  makeFolderDurably,
  NODE_FILES,
  syncFolder,
  unlessMissing,
  writeDurably,
} from "./files.ts";
import { incomingName, removeAbandoned } from "./incoming.ts";
import { listBlobs } from "./list-blobs.ts";

export interface FsBlobStoreOptions {
  /**
   * Folder of the store; made at first use when absent. Several processes may share it. It must
   * be one file system, since a blob becomes visible by a rename inside it.
   */
  readonly directory: string;
}

const INCOMING = "incoming";
const FAN_OUT = 2;
const WRITES_MAX = 3;

/**
 * A `BlobStore` of plain files, `directory/ab/abcdef…`. When `put` resolves, the bytes and their
 * name have reached the disk; until then nobody sees any of them.
 *
 * Methods reject with EngineError E_ARGUMENT_INVALID for a key that is not a plain hash, and with
 * BlobStoreError when the file system fails.
 */
export function createFsBlobStore(options: FsBlobStoreOptions): BlobStore {
  return new FsBlobStore(options, NODE_FILES);
}

export class FsBlobStore implements BlobStore {
  readonly #directory: string;
  readonly #incoming: string;
  readonly #files: Files;
  /** Fan-out folders whose own names this store has brought to the disk. */
  readonly #durableFolders = new Set<string>();
  #opened: Promise<void> | undefined;

  constructor({ directory }: FsBlobStoreOptions, files: Files) {
    this.#directory = resolve(directory);
    this.#incoming = join(this.#directory, INCOMING);
    this.#files = files;
  }

  put(key: string, bytes: Uint8Array): Promise<void> {
    return this.#on("put", key, async () => {
      for (let tries = 1; ; tries++) {
        const written = await unlessMissing(this.#write(key, bytes), "missing");
        if (written !== "missing") return;
        if (tries === WRITES_MAX) throw missing();
        await makeFolder(this.#files, this.#incoming);
        this.#durableFolders.delete(this.#folderOf(key));
      }
    });
  }

  get(key: string): Promise<Uint8Array | undefined> {
    return this.#on("get", key, async () => {
      const found = await unlessMissing(this.#files.readFile(this.#pathOf(key)), undefined);
      if (found !== undefined) return new Uint8Array(found.buffer, found.byteOffset, found.length);
      await this.#assertPresent();
      return undefined;
    });
  }

  has(key: string): Promise<boolean> {
    return this.#on("has", key, () => this.#exists(key));
  }

  delete(key: string): Promise<void> {
    return this.#on("delete", key, async () => {
      if (!(await this.#exists(key))) return;
      await this.#files.rm(this.#pathOf(key), { force: true });
      await syncFolder(this.#files, this.#folderOf(key));
    });
  }

  async list(prefix: string): Promise<readonly BlobEntry[]> {
    await this.#open();
    return translated("list", `${prefix}*`, () =>
      listBlobs(this.#files, { directory: this.#directory, prefix, fanOut: FAN_OUT }),
    );
  }

  async #on<T>(operation: BlobOperation, key: string, work: () => Promise<T>): Promise<T> {
    assertBlobKey(key);
    await this.#open();
    return translated(operation, `${key.slice(0, FAN_OUT)}/${key}`, work);
  }

  #open(): Promise<void> {
    this.#opened ??= translated("open", ".", async () => {
      await makeFolderDurably(this.#files, this.#directory);
      await makeFolder(this.#files, this.#incoming);
      await removeAbandoned(this.#files, this.#incoming);
    }).catch((error: unknown) => {
      this.#opened = undefined;
      throw error;
    });
    return this.#opened;
  }

  async #write(key: string, bytes: Uint8Array): Promise<void> {
    await this.#makeFanOut(this.#folderOf(key));
    if (!(await this.#exists(key))) await this.#moveIn(key, bytes);
    // Even if another put moved it in: that one may not yet have come so far.
    await syncFolder(this.#files, this.#folderOf(key));
  }

  async #moveIn(key: string, bytes: Uint8Array): Promise<void> {
    const half = join(this.#incoming, incomingName());
    try {
      await writeDurably(this.#files, half, bytes);
      await this.#files.rename(half, this.#pathOf(key));
    } catch (error) {
      await this.#files.rm(half, { force: true }).catch(() => {});
      throw error;
    }
  }

  async #makeFanOut(folder: string): Promise<void> {
    if (this.#durableFolders.has(folder)) return;
    await makeFolder(this.#files, folder);
    await syncFolder(this.#files, this.#directory);
    this.#durableFolders.add(folder);
  }

  async #exists(key: string): Promise<boolean> {
    if (await unlessMissing(this.#files.stat(this.#pathOf(key)), undefined)) return true;
    await this.#assertPresent();
    return false;
  }

  /** A directory that vanished, such as a lost mount, must not read as blobs that never were. */
  async #assertPresent(): Promise<void> {
    await this.#files.stat(this.#directory);
  }

  #folderOf(key: string): string {
    return join(this.#directory, key.slice(0, FAN_OUT));
  }

  #pathOf(key: string): string {
    return join(this.#folderOf(key), key);
  }
}

const missing = (): Error => Object.assign(new Error("A path is missing"), { code: "ENOENT" });
