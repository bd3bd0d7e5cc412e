import { createMemoryBlobStore } from "@pawl/blob-memory";
import { blobConformance } from "@pawl/conformance";
import { describe, expect, it } from "vitest";

blobConformance(
  { describe, it, expect },
  {
    name: "memory",
    create: async () => ({ store: createMemoryBlobStore(), destroy: async () => {} }),
  },
);
