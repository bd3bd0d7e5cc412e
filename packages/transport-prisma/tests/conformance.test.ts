import { transportConformance } from "@pawl/conformance";
import { createPrismaTransport } from "@pawl/transport-prisma";
import { describe, expect, it } from "vitest";

transportConformance(
  { describe, it, expect },
  {
    name: "Prisma",
    colocated: true,
    create: async () => ({
      transport: createPrismaTransport(),
      clock: { now: () => 0, advance: async () => {} },
      destroy: async () => {},
    }),
  },
);
