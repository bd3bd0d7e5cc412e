export type { MemoryPersistence, MemoryPersistenceOptions } from "./assemble.ts";
export type { Fault, Faults, FaultyCall } from "./faults.ts";
export { createMemoryPersistence } from "./memory-persistence.ts";
export { createMemoryStore, type Dump, type MemoryStore } from "./memory-store.ts";
export { type RowsOfRun, rowsOfRun } from "./rows-of-run.ts";
