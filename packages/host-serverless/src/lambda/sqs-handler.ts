import { checkOptions, EngineError, type OptionKinds, shown } from "@pawl/kernel";
import { wholeFrom } from "../host-options.ts";
import type { Invocation, ServerlessHost } from "../serverless-host.ts";
import { type HostSource, hostFrom } from "./host-source.ts";
import type { LambdaContext, SqsBatchResponse, SqsEvent, SqsRecord } from "./lambda-events.ts";
import { remainingOf } from "./remaining-of.ts";

export interface SqsHandlerOptions {
  readonly host: HostSource;
  /** Messages of a batch that are handled at once; of a FIFO queue, groups. Default 10. */
  readonly concurrency?: number;
}

const OPTIONS: OptionKinds<SqsHandlerOptions> = { host: "any", concurrency: "number?" };

/** A job has less than 1 KB: what is longer is none, and not worth the parsing. */
const JOB_LENGTH_MAX = 4_096;

/**
 * A handler for an SQS trigger. A message that is no job, or whose stage is finished or another's,
 * counts as handled; one that a store out of reach, or the end of the invocation, kept from being
 * looked at is reported as failed and comes again, in a FIFO queue with all after it of its group.
 */
export function createSqsHandler(
  options: SqsHandlerOptions,
): (event: SqsEvent, context: LambdaContext) => Promise<SqsBatchResponse> {
  checkOptions("createSqsHandler", options, OPTIONS);
  const { concurrency = 10 } = options;
  wholeFrom("concurrency", concurrency, 1);
  const getHost = hostFrom(options.host);
  return async (event, context) => {
    const lanes = lanesOf(recordsOf(event));
    const remainingMs = remainingOf(context);
    const host = await getHost();
    const failed: SqsRecord[] = [];
    await host.during({ remainingMs }, (invocation) =>
      atMost(concurrency, lanes, async (lane) => {
        failed.push(...(await failuresOf(lane, { host, invocation })));
      }),
    );
    return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  };
}

function recordsOf(event: SqsEvent | undefined): readonly SqsRecord[] {
  if (Array.isArray(event?.Records)) return event.Records;
  const given = shown(event?.Records);
  const says = `This handler is for an SQS trigger; its event has ${given} as Records.`;
  throw new EngineError("E_ARGUMENT_INVALID", says);
}

/** What must be handled in order: groups of a FIFO queue; elsewhere each message by itself. */
function lanesOf(records: readonly SqsRecord[]): readonly (readonly SqsRecord[])[] {
  const lanes = new Map<string, SqsRecord[]>();
  for (const record of records) {
    const group = record.attributes?.MessageGroupId;
    const isOrdered = String(record.eventSourceARN).endsWith(".fifo") && group !== undefined;
    const lane = isOrdered ? `group ${group}` : `message ${record.messageId}`;
    lanes.set(lane, [...(lanes.get(lane) ?? []), record]);
  }
  return [...lanes.values()];
}

interface Handling {
  readonly host: ServerlessHost;
  readonly invocation: Invocation;
}

/** The messages from the first one on that could not be handled. */
async function failuresOf(
  lane: readonly SqsRecord[],
  { host, invocation }: Handling,
): Promise<readonly SqsRecord[]> {
  for (const [at, record] of lane.entries()) {
    if (!(await isHandled(record, { host, invocation }))) return lane.slice(at);
  }
  return [];
}

async function isHandled(record: SqsRecord, { host, invocation }: Handling): Promise<boolean> {
  try {
    const { outcome } = await invocation.handleJob(messageOf(record.body));
    return outcome !== "deferred";
  } catch (error) {
    const { messageId } = record;
    host.logger.log("error", "a message could not be handled and will come again", {
      messageId,
      error,
    });
    return false;
  }
}

/** The text itself when it is not the JSON of anything. */
function messageOf(body: unknown): unknown {
  if (typeof body !== "string" || body.length > JOB_LENGTH_MAX) return body;
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

/** `act` on each item, so many at once, in order of the list. */
async function atMost<T>(
  limit: number,
  items: readonly T[],
  act: (item: T) => Promise<void>,
): Promise<void> {
  const left = items.values();
  const work = async (): Promise<void> => {
    for (const item of left) await act(item);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, work));
}
