import { transportConformance } from "@pawl/conformance";
import { createSqlTransport } from "@pawl/transport-sql";
import { describe, expect, it } from "vitest";

transportConformance(
  { describe, it, expect },
  {
    name: "SQL",
    colocated: true,
    create: async () => ({
      transport: createSqlTransport(),
      clock: { now: () => 0, advance: async () => {} },
      destroy: async () => {},
    }),
  },
);
