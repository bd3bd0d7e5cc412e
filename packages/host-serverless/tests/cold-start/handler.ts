import { createMemoryBlobStore } from "@pawl/blob-memory";
import { createIdSource, createNodeRuntime, systemClock } from "@pawl/host-node";
import { createKernel, createRegistry } from "@pawl/kernel";
import type { JobTransport, Persistence } from "@pawl/kernel/ports";
import { createMemoryTransport } from "@pawl/transport-memory";
import { createServerlessHost, type ServerlessHost } from "../../src/index.ts";
import { createHttpHandler, createSqsHandler } from "../../src/lambda/index.ts";
import { greet } from "./workflow.ts";

/** A function with both handlers, and what a queue would bring it. */
export function functionOn(open: () => Promise<Persistence>) {
  let queue: JobTransport | undefined;
  let made: Promise<ServerlessHost> | undefined;
  const make = async (): Promise<ServerlessHost> => {
    const clock = systemClock;
    const jobTransport = createMemoryTransport({ clock });
    queue = jobTransport;
    const shared = { jobTransport, clock, runtime: createNodeRuntime() };
    const kernel = createKernel({
      ...shared,
      persistence: await open(),
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
    /** Bodies of the messages that the queue has. */
    async messages(): Promise<readonly string[]> {
      const taken = await queue?.dequeue({ workerId: "queue", limit: 10, waitMs: 0 });
      return (taken ?? []).map(({ body }) => JSON.stringify(body));
    },
  };
}
