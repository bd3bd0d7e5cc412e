import { systemClock } from "@pawl/host-node";
import { createMemoryPersistence } from "@pawl/persistence-memory";
import { functionOn } from "./handler.ts";

export const { api, jobs, ready } = functionOn(async () =>
  createMemoryPersistence({ clock: systemClock }),
);
