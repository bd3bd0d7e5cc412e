import type { VirtualTime } from "@pawl/test-parts/virtual-time";
import type {
  FunctionUrlEvent,
  LambdaContext,
  SqsEvent,
  SqsRecord,
} from "../../src/lambda/index.ts";

/** A message as Lambda hands it over; with a group it comes from a FIFO queue. */
export function sqsRecord(id: string, body: unknown, group?: string): SqsRecord {
  const queue = group === undefined ? "pawl-jobs" : "pawl-jobs.fifo";
  const record = {
    messageId: id,
    receiptHandle: `handle of ${id}`,
    body: typeof body === "string" ? body : JSON.stringify(body),
    attributes: {
      ApproximateReceiveCount: "1",
      SentTimestamp: "1750000000000",
      SenderId: "AIDAEXAMPLE",
      ApproximateFirstReceiveTimestamp: "1750000000007",
      ...(group === undefined ? {} : { MessageGroupId: group, SequenceNumber: "188496859" }),
    },
    messageAttributes: {},
    md5OfBody: "00000000000000000000000000000000",
    eventSource: "aws:sqs",
    eventSourceARN: `arn:aws:sqs:eu-central-1:111122223333:${queue}`,
    awsRegion: "eu-central-1",
  };
  return record;
}

export const sqsEvent = (...records: readonly SqsRecord[]): SqsEvent => ({ Records: records });

/** What a rule of EventBridge sends every minute. */
export const scheduledEvent = {
  version: "0",
  id: "e1b0c5f2-0000-4000-8000-000000000001",
  "detail-type": "Scheduled Event",
  source: "aws.events",
  account: "111122223333",
  time: "2025-06-15T15:06:00Z",
  region: "eu-central-1",
  resources: ["arn:aws:events:eu-central-1:111122223333:rule/pawl-tick"],
  detail: {},
};

/** A request to a function URL. */
export function urlEvent(
  method: string,
  rawPath: string,
  sent: Pick<FunctionUrlEvent, "body" | "isBase64Encoded" | "headers"> = {},
): FunctionUrlEvent {
  const event = {
    version: "2.0",
    routeKey: "$default",
    rawPath,
    rawQueryString: "",
    isBase64Encoded: false,
    ...sent,
    headers: { host: "example.lambda-url.eu-central-1.on.aws", ...sent.headers },
    requestContext: {
      accountId: "anonymous",
      apiId: "example",
      domainName: "example.lambda-url.eu-central-1.on.aws",
      http: { method, path: rawPath, protocol: "HTTP/1.1", sourceIp: "192.0.2.1", userAgent: "t" },
      requestId: "r1",
      stage: "$default",
      time: "15/Jun/2025:15:06:00 +0000",
      timeEpoch: 1_750_000_000_000,
    },
  };
  return event;
}

/** An invocation that Lambda ends so many milliseconds from now. */
export function contextOf({ clock }: VirtualTime, ms = 60_000): LambdaContext {
  const until = clock.monotonic() + ms;
  return { getRemainingTimeInMillis: () => Math.max(0, until - clock.monotonic()) };
}
