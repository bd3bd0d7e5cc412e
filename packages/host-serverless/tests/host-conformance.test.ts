import { SQSClient } from "@aws-sdk/client-sqs";
import { type HostSubject, hostConformance } from "@pawl/conformance";
import type { AnyWorkflow } from "@pawl/kernel";
import { createPostgresPersistence } from "@pawl/persistence-sql";
import { freshDatabase, freshQueue, SQS_ACCESS } from "@pawl/services";
import { describeOn, postgres, sqs } from "@pawl/services/vitest";
import { createSqsTransport } from "@pawl/transport-sqs";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createServerlessHost } from "../src/index.ts";
import { callFunctions } from "./functions.ts";
import { endOf, newPlace, type Shared, undoing } from "./place.ts";

vi.setConfig({ testTimeout: 60_000 });

const undo = undoing();
afterEach(() => undo.all());

/** Handlers for Lambda on a database of their own, called by a queue and a schedule. */
async function create(workflows: readonly AnyWorkflow[], shared?: Shared): Promise<HostSubject> {
  const place = await newPlace(workflows, undo, shared);
  const open = async () => {
    const { parts: given } = await place.open();
    const host = createServerlessHost({ ...given, workerId: "fn", leaseTtlMs: 3_000 });
    return { ...given, host };
  };
  let parts = await open();
  let functions = callFunctions(parts);
  return {
    get kernel() {
      return parts.kernel;
    },
    async start(workflowId, input, options) {
      const command = { type: "run.create", workflowId, input, ...options } as const;
      return (await parts.kernel.dispatch(command)).workflowRunId;
    },
    result: (runId) => endOf(parts.kernel, runId),
    // The old process lives on as one that froze: declared dead, and told by nobody.
    async restart() {
      const { sessionId } = parts.host.getStats();
      void functions.stop();
      parts = await open();
      const dead = sessionId === undefined ? [] : [sessionId];
      await parts.kernel.dispatch({ type: "lease.reapStale", dead });
      functions = callFunctions(parts);
    },
    async stop() {
      const stopped = functions.stop();
      await parts.host.close();
      await stopped;
    },
  };
}

const suite = { describe, it, expect };
hostConformance(suite, {
  name: "Lambda handlers on SQLite and a queue",
  create: (workflows) => create(workflows),
});

const queues = await sqs();

describeOn("Lambda handlers on a server [143]", await postgres(), (server) => {
  describeOn("and a queue", queues, (broker) => {
    /** A database and a queue of their own. */
    async function onServers(): Promise<Shared> {
      const { url, drop } = await freshDatabase(server);
      undo.add(drop);
      const { url: queueUrl, drop: dropQueue } = await freshQueue(broker);
      undo.add(dropQueue);
      const client = new SQSClient({ endpoint: broker.url, ...SQS_ACCESS });
      undo.add(async () => client.destroy());
      return {
        openPersistence: () => createPostgresPersistence({ url, migrate: true, notify: false }),
        jobTransport: createSqsTransport({ queueUrl, client }),
      };
    }

    const name = "Lambda handlers on Postgres and SQS";
    hostConformance(suite, {
      name,
      create: async (workflows) => create(workflows, await onServers()),
    });
  });
});
