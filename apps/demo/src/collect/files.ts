import * as fs from "node:fs/promises";

/** What the demo asks of the file system. */
export type Files = Pick<typeof fs, "open" | "readdir" | "realpath" | "stat">;

export const NODE_FILES: Files = fs;

/** The first `bytesMax` bytes of a file. */
export async function readHead(files: Files, path: string, bytesMax: number): Promise<Buffer> {
  const handle = await files.open(path, "r");
  try {
    const buffer = Buffer.alloc(bytesMax);
    let filled = 0;
    while (filled < bytesMax) {
      const { bytesRead } = await handle.read(buffer, filled, bytesMax - filled, filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return buffer.subarray(0, filled);
  } finally {
    await handle.close();
  }
}
