import type { FileHandle } from "node:fs/promises";
import { basename } from "node:path";
import { type Files, NODE_FILES } from "../src/files.ts";

export type FileCall =
  | "mkdir"
  | "open"
  | "write"
  | "sync"
  | "close"
  | "rename"
  | "rm"
  | "stat"
  | "readFile";

/** Runs before the call and may throw in its stead. `path` is the last part of the path. */
export type OnCall = (call: FileCall, path: string) => void | Promise<void>;

/** The real file system, with a look at every call that the store makes. */
export function tracedFiles(onCall: OnCall): Files {
  const traced = async <T>(call: FileCall, path: unknown, work: () => Promise<T>): Promise<T> => {
    await onCall(call, basename(String(path)));
    return work();
  };
  const files = {
    opendir: NODE_FILES.opendir,
    mkdir: (path: string, options: object) =>
      traced("mkdir", path, () => NODE_FILES.mkdir(path, options)),
    open: (path: string, flags: string) =>
      traced("open", path, async () => tracedHandle(await NODE_FILES.open(path, flags), path)),
    rename: (from: string, to: string) => traced("rename", to, () => NODE_FILES.rename(from, to)),
    rm: (path: string, options: object) => traced("rm", path, () => NODE_FILES.rm(path, options)),
    stat: (path: string) => traced("stat", path, () => NODE_FILES.stat(path)),
    readFile: (path: string) => traced("readFile", path, () => NODE_FILES.readFile(path)),
  };
  const tracedHandle = (handle: FileHandle, path: string): object => ({
    writeFile: (bytes: Uint8Array) => traced("write", path, () => handle.writeFile(bytes)),
    sync: () => traced("sync", path, () => handle.sync()),
    close: () => traced("close", path, () => handle.close()),
  });
  return files as unknown as Files;
}

/** An error as the operating system gives it, with an absolute path in its message. */
export const systemError = (code: string): Error =>
  Object.assign(new Error(`${code}: no, open '/secret/place/ab'`), { code, syscall: "open" });
