import type {
  CommitPlan,
  CommitResult,
  Key,
  Persistence,
  Row,
  TableName,
  Write,
} from "@pawl/kernel/ports";
import { TABLE_NAMES } from "@pawl/kernel/ports";
import type { Expect, TestRunner } from "../runner.ts";
import { planOf } from "./plans.ts";
import type { PersistenceStore, PersistenceSubject, SubjectCapabilities } from "./subject.ts";

/** Where one case works: a fresh store and what cases say about it again and again. */
export interface Bench extends PersistenceStore {
  readonly expect: Expect;
  /** Writes rows and sees them written. */
  put(...writes: readonly Write[]): Promise<void>;
  commit(part: Partial<CommitPlan>): Promise<CommitResult>;
  row<T extends TableName>(table: T, key: Key<T>): Promise<Row<T> | undefined>;
  rows<T extends TableName>(table: T): Promise<readonly Row<T>[]>;
  /** Rows of every table: equal before and after means that nothing was written. */
  everything(): Promise<Readonly<Record<string, readonly unknown[]>>>;
}

export interface Suite {
  readonly can: SubjectCapabilities;
  /** A case on a new store, which is destroyed whatever happens. */
  readonly prove: (title: string, body: (bench: Bench) => Promise<void>) => void;
}

/** The cases of one noun. */
export type Cases = (suite: Suite) => void;

const CASE_MS = 60_000;

export function suiteOf({ it, expect }: TestRunner, subject: PersistenceSubject): Suite {
  return {
    can: subject.capabilities ?? {},
    prove: (title, body) => {
      it(
        title,
        async () => {
          const store = await subject.create();
          try {
            await body(benchOf(store, expect));
          } finally {
            await store.destroy();
          }
        },
        CASE_MS,
      );
    },
  };
}

function benchOf(store: PersistenceStore, expect: Expect): Bench {
  const { persistence } = store;
  const bench: Bench = {
    persistence,
    clock: store.clock,
    ...(store.second ? { second: () => (store.second as () => Promise<Persistence>)() } : {}),
    ...(store.hold ? { hold: store.hold.bind(store) } : {}),
    ...(store.begin ? { begin: store.begin.bind(store) } : {}),
    ...(store.beatElsewhere ? { beatElsewhere: store.beatElsewhere.bind(store) } : {}),
    ...(store.loseNext ? { loseNext: store.loseNext.bind(store) } : {}),
    ...(store.deafen ? { deafen: store.deafen.bind(store) } : {}),
    destroy: () => store.destroy(),
    expect,
    commit: (part) => persistence.commit(planOf(part)),
    put: async (...writes) => {
      expect(await bench.commit({ writes }), "rows of the case").toMatchObject({ ok: true });
    },
    row: (table, key) => persistence.query.get(table, key),
    rows: (table) => persistence.query.find({ table, where: {}, limit: 1_000, payloads: true }),
    everything: async () => {
      const tables = await Promise.all(
        TABLE_NAMES.map(async (table) => [table, await bench.rows(table)] as const),
      );
      return Object.fromEntries(tables);
    },
  };
  return bench;
}

/** The one element of a list that must have exactly one. */
export function only<T>(items: readonly T[]): T {
  if (items.length !== 1) throw new Error(`One was expected, there are ${items.length}.`);
  return items[0] as T;
}
