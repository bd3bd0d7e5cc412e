import { blobConformance } from "@pawl/conformance";
import { describeOn, sqs } from "@pawl/services/vitest";
import { describe, expect, it } from "vitest";
import { newBucket } from "./buckets.ts";

describeOn("S3", await sqs(), (server) => {
  blobConformance(
    { describe, it, expect },
    {
      name: "s3",
      durable: true,
      create: async () => {
        const { open, dieInPut, remove } = await newBucket(server);
        return { store: open(), destroy: remove, reopen: async () => open(), dieInPut };
      },
    },
  );
});
