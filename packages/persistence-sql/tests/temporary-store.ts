import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Persistence } from "@pawl/kernel/ports";
import { createSqlitePersistence, type SqlitePersistenceOptions } from "../src/index.ts";
import { type TestClock, testClock } from "./test-clock.ts";

/** A folder of its own, and every persistence opened in it, until `remove`. */
export interface TemporaryStore {
  readonly folder: string;
  readonly path: string;
  readonly clock: TestClock;
  open(options?: Partial<SqlitePersistenceOptions>): Promise<Persistence>;
  remove(): Promise<void>;
}

export function temporaryStore(): TemporaryStore {
  const folder = mkdtempSync(join(tmpdir(), "pawl-sqlite-"));
  const path = join(folder, "pawl.db");
  const clock = testClock();
  const opened: Persistence[] = [];
  return {
    folder,
    path,
    clock,
    async open(options) {
      const given = { path, clock, synchronous: "NORMAL" as const, ...options };
      const persistence = await createSqlitePersistence(given);
      opened.push(persistence);
      return persistence;
    },
    async remove() {
      for (const persistence of opened) await persistence.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
