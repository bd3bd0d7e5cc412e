import { createFsBlobStore } from "@pawl/blob-fs";
import { blobConformance } from "@pawl/conformance";
import { describe, expect, it } from "vitest";
import { dieInPut } from "./die-in-put.ts";
import { newDirectory } from "./new-directory.ts";

blobConformance(
  { describe, it, expect },
  {
    name: "file system",
    durable: true,
    create: async () => {
      const { directory, remove } = await newDirectory();
      return {
        store: createFsBlobStore({ directory }),
        destroy: remove,
        reopen: async () => createFsBlobStore({ directory }),
        dieInPut: (key) => dieInPut(directory, key),
      };
    },
  },
);
