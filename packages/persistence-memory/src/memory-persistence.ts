import { assemble, type MemoryPersistence, type MemoryPersistenceOptions } from "./assemble.ts";
import { memoryParts } from "./parts.ts";

/** A `Persistence` that lives in this process and is gone with it; the model of the others. */
export const createMemoryPersistence = (options?: MemoryPersistenceOptions): MemoryPersistence =>
  assemble(memoryParts, options);
