import { createMemoryBlobStore } from "@pawl/blob-memory";
import { createKernel, createRegistry, EngineError, type Kernel } from "@pawl/kernel";
import {
  type ClaimedStage,
  type EventSink,
  type Persistence,
  type SweepItem,
  TABLE_NAMES,
  TABLES,
  type TableName,
} from "@pawl/kernel/ports";
import { createMemoryPersistence, type Dump } from "@pawl/persistence-memory";
import { createSqlitePersistence } from "@pawl/persistence-sql";
import { createSqlTransport } from "@pawl/transport-sql";
import { inTurns } from "../support/in-turns.ts";
import { VirtualWorld } from "../support/virtual-world.ts";
import { WORKFLOWS } from "./programs.ts";

export const DELIVERY_ATTEMPTS_MAX = 3;

/** What a command came to: a value, or the code of the error that it was refused with. */
export type Outcome = { readonly value: unknown } | { readonly code: string };

type DumpOf = (tables: readonly TableName[]) => Promise<Readonly<Record<string, unknown>>>;

/** One process on one store, in a time of its own. */
export class Bench {
  readonly world: VirtualWorld;
  readonly kernel: Kernel;
  readonly persistence: Persistence;
  /** By number, as the model counts them. */
  readonly claims: ClaimedStage[] = [];
  /** Revs that the sink has accepted, by run. */
  readonly received: Map<string, number[]> = new Map();
  refusing = false;
  readonly #dump: DumpOf;

  private constructor(world: VirtualWorld, persistence: Persistence, dump: DumpOf) {
    this.#dump = dump;
    this.world = world;
    this.persistence = persistence;
    this.kernel = createKernel({
      persistence: inTurns(tiesInOrder(persistence), () => world.runtime.turn()),
      blobStore: createMemoryBlobStore({ clock: world.clock }),
      jobTransport: createSqlTransport(),
      registry: createRegistry(WORKFLOWS),
      clock: world.clock,
      runtime: world.runtime,
      ids: world.ids,
      eventSink: this.#sink(),
      limits: { deliveryAttemptsMax: DELIVERY_ATTEMPTS_MAX },
    });
  }

  static onMemory(): Bench {
    const world = new VirtualWorld();
    const persistence = createMemoryPersistence({ clock: world.clock });
    return new Bench(world, persistence, async (tables) => {
      const dump = persistence.dump();
      return Object.fromEntries(tables.map((table) => [table, dump[table]]));
    });
  }

  static async onSqlite(): Promise<Bench> {
    const world = new VirtualWorld();
    const persistence = await createSqlitePersistence({ path: ":memory:", clock: world.clock });
    return new Bench(world, persistence, async (tables) => {
      const rows = tables.map(async (table) => [table, await rowsOf(persistence, table)] as const);
      return Object.fromEntries(await Promise.all(rows));
    });
  }

  #sink(): EventSink {
    return {
      emit: async (deliveries) => {
        if (this.refusing) throw new Error("the sink is full");
        for (const { event } of deliveries) {
          const revs = this.received.get(event.runId) ?? [];
          this.received.set(event.runId, [...revs, event.rev]);
        }
      },
    };
  }

  async outcomeOf(call: (bench: Bench) => Promise<unknown>): Promise<Outcome> {
    try {
      return { value: await this.world.until(call(this)) };
    } catch (error) {
      if (EngineError.is(error)) return { code: error.code };
      throw error;
    }
  }

  /** Every row of these tables, each in order of the text of its key. */
  async dump<T extends TableName = TableName>(
    tables: readonly T[] = TABLE_NAMES as readonly T[],
  ): Promise<Pick<Dump, T>> {
    return (await this.#dump(tables)) as Pick<Dump, T>;
  }

  close(): Promise<void> {
    return this.persistence.close();
  }
}

/** Of what fell due at one instant no order is promised: both stores are given the same one. */
function tiesInOrder(persistence: Persistence): Persistence {
  const textOf = ({ stage, ...item }: SweepItem) => JSON.stringify({ ...item, ...stage });
  const sweep: Persistence["sweep"] = async (request) => {
    const report = await persistence.sweep(request);
    const order = (a: SweepItem, b: SweepItem) => a.at - b.at || (textOf(a) < textOf(b) ? -1 : 1);
    return { ...report, items: report.items.toSorted(order) };
  };
  return { ...persistence, sweep };
}

async function rowsOf(persistence: Persistence, table: TableName): Promise<readonly object[]> {
  const all = { table, where: {}, limit: 1_000, payloads: true };
  const rows = await persistence.query.find(all);
  const keyed = rows.map((row) => ({ row, key: keyText(table, row) }));
  return keyed.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ row }) => row);
}

const keyText = (table: TableName, row: object): string =>
  JSON.stringify(TABLES[table].key.map((column) => (row as Record<string, unknown>)[column]));
