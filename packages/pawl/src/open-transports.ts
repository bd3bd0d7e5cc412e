import type { AnyWorkflow } from "@pawl/kernel";
import type { JobTransport } from "@pawl/kernel/ports";
import { createSqlTransport } from "@pawl/transport-sql";
import { loadAdapter } from "./load-adapter.ts";
import type { HostOptions } from "./options.ts";
import { type QueuePlace, queuePlaces } from "./queue-places.ts";

export interface ServedBy {
  readonly workflows: readonly AnyWorkflow[];
  readonly host?: HostOptions | undefined;
}

/** What carries the jobs of an app, opened by it and closed with it. */
export interface OwnTransports {
  /** Jobs are sent to the first and taken from all. */
  readonly transports: readonly JobTransport[];
  /** Between looks for work, unless the program says otherwise; absent where the host knows. */
  readonly jobPollIntervalMs?: number;
  close(): Promise<void>;
}

/** The longest poll of SQS: asked every second, it would charge for each answer of nothing. */
const SQS_POLL_MS = 20_000;

/**
 * Loads the packages of what `PAWL_QUEUE_URL` says, and opens it. Nothing connects before it is
 * used.
 *
 * @throws EngineError E_DRIVER_MISSING, E_UNSUPPORTED, E_CONFIG_INVALID
 */
export async function openTransports(
  said: string | undefined,
  served: ServedBy,
): Promise<OwnTransports> {
  const places = queuePlaces(said);
  const transports: JobTransport[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(transports.map((transport) => transport.close()));
  };
  try {
    for (const place of places) transports.push(await open(place, served));
  } catch (error) {
    await close();
    throw error;
  }
  // Several take turns at waiting: one long poll would keep the others waiting.
  const isSqsAlone = places.length === 1 && places[0]?.kind === "sqs";
  return { transports, close, ...(isSqsAlone ? { jobPollIntervalMs: SQS_POLL_MS } : {}) };
}

async function open(place: QueuePlace, served: ServedBy): Promise<JobTransport> {
  switch (place.kind) {
    case "sql":
      return createSqlTransport();
    case "redis": {
      const { createBullmqTransport } = await loadAdapter({
        name: "@pawl/transport-bullmq",
        variable: "PAWL_QUEUE_URL",
        load: () => import("@pawl/transport-bullmq"),
      });
      return createBullmqTransport({ connection: place.url, queues: queuesOf(served) });
    }
    case "sqs": {
      const { createSqsTransport } = await loadAdapter({
        name: "@pawl/transport-sqs",
        variable: "PAWL_QUEUE_URL",
        load: () => import("@pawl/transport-sqs"),
      });
      const { queueUrl, region } = place;
      return createSqsTransport({ queueUrl, ...(region === undefined ? {} : { region }) });
    }
  }
}

const DEFAULT_QUEUE = "default";

/** Queues that the host serves; of one that serves all, those that can be known. */
function queuesOf({ host, workflows }: ServedBy): readonly string[] {
  if (host?.queues) return host.queues;
  const named = workflows.flatMap(({ graph }) =>
    [...graph.nodes.values()].map(({ stage }) => stage.queue),
  );
  return [...new Set([DEFAULT_QUEUE, ...named.filter((queue) => queue !== undefined)])];
}
