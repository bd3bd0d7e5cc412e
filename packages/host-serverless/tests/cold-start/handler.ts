import { createMemoryBlobStore } from "@pawl/blob-memory";
import { createIdSource, createNodeRuntime, systemClock } from "@pawl/host-node";
import { createKernel, createRegistry } from "@pawl/kernel";
import type { Persistence } from "@pawl/kernel/ports";
import { createMemoryTransport } from "@pawl/transport-memory";
import { createServerlessHost, type ServerlessHost } from "../../src/index.ts";
import { createHttpHandler, createSqsHandler } from "../../src/lambda/index.ts";
import { jobOf } from "../job-of.ts";
import { greet } from "./workflow.ts";

/** A function with both handlers, and what a queue would bring it. */
export function functionOn(open: () => Promise<Persistence>) {
  let opened: Persistence | undefined;
  let made: Promise<ServerlessHost> | undefined;
  const make = async (): Promise<ServerlessHost> => {
    opened = await open();
    const clock = systemClock;
    const jobTransport = createMemoryTransport({ clock });
    const shared = { jobTransport, clock, runtime: createNodeRuntime() };
    const kernel = createKernel({
      ...shared,
      persistence: opened,
      blobStore: createMemoryBlobStore(),
      registry: createRegistry([greet]),
      ids: createIdSource(),
    });
    return createServerlessHost({ ...shared, kernel, workerId: "fn" });
  };
  const host = (): Promise<ServerlessHost> => {
    made ??= make();
    return made;
  };
  return {
    api: createHttpHandler({ host }),
    jobs: createSqsHandler({ host }),
    /** Bodies of messages for what is ready. */
    async ready(): Promise<readonly string[]> {
      const where = { status: "ready" } as const;
      const rows = await opened?.query.find({ table: "stages", where, limit: 10 });
      return (rows ?? []).map((row) => JSON.stringify(jobOf(row)));
    },
  };
}
