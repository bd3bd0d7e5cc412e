import { createMemoryPersistence, createMemoryStore } from "@pawl/persistence-memory";
import { createSqlitePersistence } from "@pawl/persistence-sql";
import { memorySource, queriedSource } from "../checks/row-source.ts";
import type { Adapter } from "./scenario.ts";
import type { SharedStore } from "./simulated-world.ts";

type Clock = { now(): number };

/** Opens a store of its own for one simulation. */
export const openStore: Readonly<Record<Adapter, (clock: Clock) => Promise<SharedStore>>> = {
  memory: async (clock) => {
    const store = createMemoryStore();
    const persistence = createMemoryPersistence({ clock, store });
    return { persistence, rows: memorySource(store), close: () => persistence.close() };
  },
  sqlite: async (clock) => {
    const persistence = await createSqlitePersistence({ path: ":memory:", clock });
    return { persistence, rows: queriedSource(persistence), close: () => persistence.close() };
  },
};
