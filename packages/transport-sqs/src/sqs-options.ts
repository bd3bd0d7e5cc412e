import type { SQSClient } from "@aws-sdk/client-sqs";
import { checkOptions, EngineError, type OptionKinds } from "@pawl/kernel";
import type { Clock } from "@pawl/kernel/ports";

export interface SqsTransportOptions {
  /** Queue of all jobs, or of those that `queues` does not name. A FIFO queue ends in `.fifo`. */
  readonly queueUrl?: string;
  /** URLs by the names of Pawl's queues; several names may share one. */
  readonly queues?: Readonly<Record<string, string>>;
  /** Names of Pawl's queues whose jobs `dequeue` takes. Default: all. */
  readonly consume?: readonly string[];
  /** Stays open when the transport closes. Default: one of the transport's own. */
  readonly client?: SQSClient;
  /** Of the transport's own client. Default: what the URL says, else `AWS_REGION`. */
  readonly region?: string;
  /** Of the transport's own client. Default: origin of the URL. */
  readonly endpoint?: string;
  /** Milliseconds for which a delivery is hidden from others. Default 30,000. */
  readonly visibilityTimeoutMs?: number;
  /** Longest wait for an answer in milliseconds, beyond a long poll's own. Default 10,000. */
  readonly requestTimeoutMs?: number;
  /** Decides what is due. Default: the machine's. */
  readonly clock?: Pick<Clock, "now">;
}

export interface SqsSettings {
  /** Every queue once. */
  readonly urls: readonly string[];
  /** Places in `urls` that are received from. */
  readonly consumed: readonly number[];
  readonly client: SQSClient | undefined;
  readonly region: string | undefined;
  readonly endpoint: string;
  readonly visibilitySeconds: number;
  readonly requestTimeoutMs: number;
  readonly clock: Pick<Clock, "now">;
  /** Place in `urls` of one of Pawl's queues; undefined when none serves it. */
  placeOf(queue: string): number | undefined;
}

const OPTIONS: OptionKinds<SqsTransportOptions> = {
  queueUrl: "text?",
  queues: "object?",
  consume: "list?",
  client: "object?",
  region: "text?",
  endpoint: "text?",
  visibilityTimeoutMs: "number?",
  requestTimeoutMs: "number?",
  clock: "object?",
};

const VISIBILITY_MS = 30_000;
/** SQS hides a message for 12 hours at most. */
const VISIBILITY_MS_MAX = 43_200_000;
const REQUEST_TIMEOUT_MS = 10_000;

/**
 * @throws EngineError E_ARGUMENT_INVALID, naming the option
 */
export function sqsSettings(options: SqsTransportOptions): SqsSettings {
  checkOptions("createSqsTransport", options, OPTIONS);
  const { queueUrl, queues = {}, consume, client, clock = { now: () => Date.now() } } = options;
  const visibilityTimeoutMs = options.visibilityTimeoutMs ?? VISIBILITY_MS;
  within("visibilityTimeoutMs", visibilityTimeoutMs, VISIBILITY_MS_MAX);
  const requestTimeoutMs = options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
  within("requestTimeoutMs", requestTimeoutMs, VISIBILITY_MS_MAX);
  const named = Object.values(queues);
  const urls = [...new Set(queueUrl === undefined ? named : [queueUrl, ...named])];
  const origin = originOf(urls);
  const placeOf = (queue: string): number | undefined => {
    const place = urls.indexOf((Object.hasOwn(queues, queue) ? queues[queue] : queueUrl) ?? "");
    return place < 0 ? undefined : place;
  };
  const consumed = consume?.map((queue) => {
    const place = placeOf(queue);
    if (place === undefined) throw invalid("consume", queue, 'names of "queues"');
    return place;
  });
  return {
    urls,
    consumed: [...new Set(consumed ?? urls.keys())],
    client,
    region: options.region ?? regionOf(origin),
    endpoint: options.endpoint ?? origin,
    visibilitySeconds: Math.ceil(visibilityTimeoutMs / 1_000),
    requestTimeoutMs,
    clock,
    placeOf,
  };
}

/** One client speaks to one endpoint in one region. */
function originOf(urls: readonly string[]): string {
  const [origin, ...others] = new Set(
    urls.map((url) => {
      if (!URL.canParse(url)) throw invalid("queueUrl", url, "the URL of a queue");
      return new URL(url).origin;
    }),
  );
  if (origin === undefined) throw invalid("queueUrl", undefined, 'the URL of a queue, or "queues"');
  if (others.length > 0) throw invalid("queues", others[0], `URLs that begin with ${origin}`);
  return origin;
}

const regionOf = (origin: string): string | undefined =>
  /^https?:\/\/sqs\.([a-z0-9-]+)\.amazonaws\.com/.exec(origin)?.[1];

function within(option: string, value: number, most: number): void {
  if (value > 0 && value <= most) return;
  throw invalid(option, value, `milliseconds of at most ${most}`);
}

function invalid(option: string, value: unknown, wanted: string): EngineError {
  const message = `Option "${option}" of createSqsTransport has ${String(value)}; give ${wanted}.`;
  return new EngineError("E_ARGUMENT_INVALID", message, { details: { option } });
}
