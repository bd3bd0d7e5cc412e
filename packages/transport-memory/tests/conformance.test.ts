import { transportConformance } from "@pawl/conformance";
import { createMemoryTransport } from "@pawl/transport-memory";
import { describe, expect, it } from "vitest";
import { createVirtualTime } from "./virtual-time.ts";

transportConformance(
  { describe, it, expect },
  {
    name: "memory",
    create: async () => {
      const time = createVirtualTime();
      const transport = createMemoryTransport({ clock: time, runtime: time });
      return { transport, clock: time, destroy: () => transport.close() };
    },
  },
);
