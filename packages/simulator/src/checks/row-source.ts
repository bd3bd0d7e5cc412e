import type { Persistence, Row, TableName } from "@pawl/kernel/ports";
import { type MemoryStore, type RowsOfRun, rowsOfRun } from "@pawl/persistence-memory";

/** Reads the rows of one run past every fault. */
export type RowSource = (runId: string) => Promise<RowsOfRun>;

export const memorySource =
  (store: MemoryStore): RowSource =>
  async (runId) =>
    rowsOfRun(store, runId);

const ROWS_MAX = 1_000;

/** Through the port itself, for stores that only their adapter can read. */
export const queriedSource =
  ({ query }: Persistence): RowSource =>
  async (runId) => {
    const find = <T extends TableName>(table: T, where: object): Promise<readonly Row<T>[]> =>
      query.find({ table, where, limit: ROWS_MAX, payloads: true });
    const run = await query.get("runs", { id: runId });
    const of = { runId };
    return {
      runs: run ? [run] : [],
      stages: await find("stages", of),
      events: await find("events", of),
      steps: await find("steps", of),
      waits: await find("waits", of),
      attempts: await find("attempts", of),
      dispatch: await find("dispatch", of),
      definitions: await find("definitions", {}),
    };
  };
