import { systemClock } from "@pawl/host-node";
import { createMemoryPersistence } from "@pawl/persistence-memory";
import { functionOn } from "./handler.ts";

export const handlers = functionOn(async () => createMemoryPersistence({ clock: systemClock }));
