import { join } from "node:path";
import type { BlobEntry } from "@pawl/kernel/ports";
import { type Files, unlessMissing } from "./files.ts";

export interface ListRequest {
  readonly directory: string;
  readonly prefix: string;
  /** Characters of a key that name its folder. */
  readonly fanOut: number;
}

const NAME = /^[a-z0-9-]+$/;
const PARALLEL_STATS = 64;

/** Every blob with the prefix; reads only folders that can hold one and streams their names. */
export async function listBlobs(files: Files, request: ListRequest): Promise<BlobEntry[]> {
  const { directory, prefix, fanOut } = request;
  const entries: BlobEntry[] = [];
  for await (const { name: folder } of await files.opendir(directory)) {
    const mayHold = folder.startsWith(prefix.slice(0, fanOut)) && folder.length <= fanOut;
    if (!mayHold || !NAME.test(folder)) continue;
    for await (const names of pagesOf(files, join(directory, folder), prefix)) {
      const found = await Promise.all(
        names.map((name) => entryOf(files, join(directory, folder), name)),
      );
      for (const entry of found) if (entry !== undefined) entries.push(entry);
    }
  }
  return entries;
}

async function* pagesOf(files: Files, folder: string, prefix: string): AsyncGenerator<string[]> {
  let page: string[] = [];
  for await (const { name } of await files.opendir(folder)) {
    if (!name.startsWith(prefix) || !NAME.test(name)) continue;
    page.push(name);
    if (page.length < PARALLEL_STATS) continue;
    yield page;
    page = [];
  }
  yield page;
}

/** Undefined for a blob that was deleted since its name was read. */
async function entryOf(files: Files, folder: string, key: string): Promise<BlobEntry | undefined> {
  const found = await unlessMissing(files.stat(join(folder, key)), undefined);
  return found && { key, size: found.size, storedAt: Math.floor(found.mtimeMs) };
}
