import { mkdir, readdir, readFile, rename, rm, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, join } from "node:path";
import { BlobStoreError, createFsBlobStore } from "@pawl/blob-fs";
import { EngineError } from "@pawl/kernel";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { FsBlobStore } from "../src/fs-blob-store.ts";
import { dieInPut } from "./die-in-put.ts";
import { newDirectory } from "./new-directory.ts";
import { systemError, tracedFiles } from "./traced-files.ts";

const KEY = "ab".repeat(32);
const BYTES = new Uint8Array(10_000).fill(5);
const HOST = hostname().replace(/[^A-Za-z0-9-]/g, "_");
const PID_OF_NOBODY = 999_999_999;
const UUID = "123e4567-e89b-42d3-a456-426614174000";

let directory: string;
beforeEach(async () => {
  const made = await newDirectory();
  directory = made.directory;
  onTestFinished(made.remove);
});

const incoming = (name = ""): string => join(directory, "incoming", name);
const thrownBy = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe("a put", () => {
  it("lies in the folder of its first two characters", async () => {
    await createFsBlobStore({ directory }).put(KEY, BYTES);
    expect(new Uint8Array(await readFile(join(directory, "ab", KEY)))).toEqual(BYTES);
    expect(await readdir(incoming())).toEqual([]);
  });

  it("is on the disk before its name is, and its name before it resolves", async () => {
    const calls: string[] = [];
    const files = tracedFiles((call, path) => {
      const what = path.startsWith(HOST) ? "half" : path === KEY ? "key" : path;
      if (!["stat", "open", "close"].includes(call)) calls.push(`${call} ${what}`);
    });
    await new FsBlobStore({ directory }, files).put(KEY, BYTES);
    expect(calls).toEqual([
      "mkdir deep",
      `sync ${basename(join(directory, "../.."))}`,
      "mkdir blobs",
      "sync deep",
      "mkdir incoming",
      "mkdir ab",
      "sync blobs",
      "write half",
      "sync half",
      "rename key",
      "sync ab",
    ]);
  });

  it("of a key that another writer just made visible still waits for the disk", async () => {
    await createFsBlobStore({ directory }).put(KEY, BYTES);
    const synced: string[] = [];
    const files = tracedFiles((call, path) => {
      if (call === "sync") synced.push(path);
    });
    await new FsBlobStore({ directory }, files).put(KEY, BYTES);
    expect(synced).toEqual(["blobs", "ab"]);
  });

  it("writes again when its half-written file was taken for abandoned", async () => {
    let removals = 2;
    const files = tracedFiles(async (call) => {
      if (call === "rename" && removals-- > 0) await rm(incoming(), { recursive: true });
    });
    const store = new FsBlobStore({ directory }, files);
    await store.put(KEY, BYTES);
    expect(await store.get(KEY)).toEqual(BYTES);
  });

  it("brings the name of its folder to the disk once, and a delete too", async () => {
    const synced: string[] = [];
    const files = tracedFiles((call, path) => {
      if (call === "sync") synced.push(path.startsWith(HOST) ? "half" : path);
    });
    const store = new FsBlobStore({ directory }, files);
    await store.put("ab1", BYTES);
    synced.length = 0;
    await store.put("ab2", BYTES);
    await store.delete("ab1");
    expect(synced).toEqual(["half", "ab", "ab"]);
  });

  it("makes its folder again when somebody removed it", async () => {
    const store = createFsBlobStore({ directory });
    await store.put(KEY, BYTES);
    await rm(join(directory, "ab"), { recursive: true });
    expect(await store.get(KEY)).toBe(undefined);
    await store.put(KEY, BYTES);
    expect(await store.get(KEY)).toEqual(BYTES);
  });

  it("gives up when its half-written file vanishes every time", async () => {
    const files = tracedFiles(async (call) => {
      if (call === "rename") await rm(incoming(), { recursive: true });
    });
    const error = await thrownBy(new FsBlobStore({ directory }, files).put(KEY, BYTES));
    expect(EngineError.is(error, "E_BLOB_UNAVAILABLE")).toBe(true);
  });
});

describe("an opening", () => {
  // because only Linux has a folder that exists and in which nothing can be made by anybody
  it.skipIf(process.platform !== "linux")("says that nothing can be made in /proc", async () => {
    const store = createFsBlobStore({ directory: "/proc/pawl/blobs" });
    expect(await thrownBy(store.put(KEY, BYTES))).toMatchObject({ code: "E_BLOB_UNAVAILABLE" });
  });

  it("removes what a killed writer left", async () => {
    await dieInPut(directory, KEY);
    expect((await readdir(incoming())).length).toBe(1);
    await createFsBlobStore({ directory }).has(KEY);
    expect(await readdir(incoming())).toEqual([]);
  });

  it("leaves what a living writer is writing, whoever it is", async () => {
    const names = [`${HOST}.${process.pid}.${UUID}`, `${HOST}.${process.ppid}.${UUID}`];
    const foreign = [`elsewhere.${PID_OF_NOBODY}.${UUID}`, "notes.txt"];
    await mkdir(incoming(), { recursive: true });
    for (const name of [...names, ...foreign]) await writeFile(incoming(name), BYTES);
    await createFsBlobStore({ directory }).list("");
    expect((await readdir(incoming())).sort()).toEqual([...names, ...foreign].sort());
  });

  it("removes what is old, of another machine or of an earlier process of its number", async () => {
    const old = new Date(Date.now() - 2 * 3_600_000);
    const earlier = new Date(Date.now() - process.uptime() * 1_000 - 60_000);
    await mkdir(incoming(), { recursive: true });
    for (const [name, at] of [
      [`elsewhere.1.${UUID}`, old],
      [`${HOST}.${process.pid}.${UUID}`, earlier],
      ["notes.txt", old],
    ] as const) {
      await writeFile(incoming(name), BYTES);
      await utimes(incoming(name), at, at);
    }
    await createFsBlobStore({ directory }).list("");
    expect(await readdir(incoming())).toEqual(["notes.txt"]);
  });

  it("that failed is tried again by the next call", async () => {
    const above = join(directory, "..");
    await writeFile(above, "a file where a folder must be");
    const store = createFsBlobStore({ directory });
    expect(await thrownBy(store.has(KEY))).toMatchObject({
      code: "E_BLOB_UNAVAILABLE",
      details: { operation: "open", path: ".", systemCode: "ENOTDIR" },
    });
    await rm(above);
    expect(await store.has(KEY)).toBe(false);
  });
});

describe("a failing file system", () => {
  const failing = (code: string, at: string): FsBlobStore =>
    new FsBlobStore(
      { directory },
      tracedFiles((call) => {
        if (call === at) throw systemError(code);
      }),
    );

  it.each(["ENOSPC", "EDQUOT", "EACCES", "EROFS", "EIO", "EMFILE", "E2BIG"])(
    "%s becomes a typed error that says where and what to do",
    async (systemCode) => {
      const error = await thrownBy(failing(systemCode, "write").put(KEY, BYTES));
      expect(error).toBeInstanceOf(BlobStoreError);
      expect(error).toMatchObject({
        code: "E_BLOB_UNAVAILABLE",
        kind: "unavailable",
        details: { operation: "put", path: `ab/${KEY}`, systemCode },
      });
      expect(String(error)).toMatch(new RegExp(`${systemCode}\\. [A-Z].+[:.]`));
    },
  );

  it("never names absolute paths: failures are stored", async () => {
    const error = (await thrownBy(failing("EACCES", "readFile").get(KEY))) as EngineError;
    const told = [error.message, JSON.stringify(error.details), String(error.cause)].join();
    expect(told).not.toContain("/secret/place");
    expect(told).not.toContain(directory);
  });

  it.each(["write", "sync", "rename"])(
    "leaves nothing behind a put that failed at %s",
    async (at) => {
      await createFsBlobStore({ directory }).put("cd".repeat(32), BYTES);
      expect(await thrownBy(failing("EIO", at).put(KEY, BYTES))).toBeInstanceOf(BlobStoreError);
      expect(await readdir(incoming())).toEqual([]);
      expect(await createFsBlobStore({ directory }).has(KEY)).toBe(false);
    },
  );

  it.each([
    { path: "ab", operation: "put" },
    { path: "incoming", operation: "open" },
    { path: "blobs", operation: "open" },
  ])("that makes no folder $path fails with what it said", async ({ path, operation }) => {
    const files = tracedFiles((call, at) => {
      if (call === "mkdir" && at === path) throw systemError("EROFS");
    });
    expect(await thrownBy(new FsBlobStore({ directory }, files).put(KEY, BYTES))).toMatchObject({
      details: { operation, systemCode: "EROFS" },
    });
  });

  it("that can't sync folders is used without", async () => {
    const failsOn = (systemCode: string): FsBlobStore => {
      const files = tracedFiles((call, path) => {
        if (call === "sync" && path === "ab") throw systemError(systemCode);
      });
      return new FsBlobStore({ directory }, files);
    };
    await failsOn("EINVAL").put(KEY, BYTES);
    expect(await thrownBy(failsOn("EIO").put(KEY, BYTES))).toMatchObject({
      details: { systemCode: "EIO" },
    });
  });

  it.each(["none", "write", "sync", "rename"])("leaves no file open: %s failed", async (at) => {
    let open = 0;
    const files = tracedFiles((call) => {
      if (call === at) throw systemError("EIO");
      open += call === "open" ? 1 : call === "close" ? -1 : 0;
    });
    await thrownBy(new FsBlobStore({ directory }, files).put(KEY, BYTES));
    expect(open).toBe(0);
  });

  it("reads a directory that vanished as an outage, not as missing blobs", async () => {
    const store = createFsBlobStore({ directory });
    await store.put(KEY, BYTES);
    await rename(directory, `${directory}-unmounted`);
    const calls = {
      get: () => store.get(KEY),
      has: () => store.has(KEY),
      put: () => store.put(KEY, BYTES),
      delete: () => store.delete(KEY),
      list: () => store.list(""),
    };
    for (const [operation, call] of Object.entries(calls)) {
      expect(await thrownBy(call())).toMatchObject({
        code: "E_BLOB_UNAVAILABLE",
        details: { operation, systemCode: "ENOENT" },
      });
    }
    await rename(`${directory}-unmounted`, directory);
    expect(await store.get(KEY)).toEqual(BYTES);
  });

  it("lets errors pass that are not its own", async () => {
    const files = tracedFiles((call) => {
      if (call === "readFile") throw new RangeError("a bug");
    });
    expect(await thrownBy(new FsBlobStore({ directory }, files).get(KEY))).toBeInstanceOf(
      RangeError,
    );
  });
});

it("leaves out of a list what is deleted while it is made", async () => {
  const kept = "abc";
  const files = tracedFiles(async (call, path) => {
    if (call === "stat" && path === KEY) await rm(join(directory, "ab", KEY), { force: true });
  });
  for (const key of [KEY, kept]) await createFsBlobStore({ directory }).put(key, BYTES);
  const listed = await new FsBlobStore({ directory }, files).list("ab");
  expect(listed.map((entry) => entry.key)).toEqual([kept]);
});

it("lists nothing that it did not store", async () => {
  const store = createFsBlobStore({ directory });
  await store.put(KEY, BYTES);
  await writeFile(join(directory, "README"), "");
  await mkdir(join(directory, "lost+found"));
  await writeFile(join(directory, "ab", ".DS_Store"), "");
  expect((await store.list("")).map((entry) => entry.key)).toEqual([KEY]);
});

it("answers plain bytes, whose slice is a copy", async () => {
  const store = createFsBlobStore({ directory });
  await store.put(KEY, BYTES);
  expect(Buffer.isBuffer(await store.get(KEY))).toBe(false);
});
