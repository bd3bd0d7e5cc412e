import type { Message } from "@aws-sdk/client-sqs";
import type { FunctionUrlEvent, LambdaContext, SqsRecord } from "@pawl/host-serverless/lambda";

/** An invocation that Lambda would end after so many seconds. */
export function contextOf(timeoutSeconds: number): LambdaContext {
  const until = performance.now() + timeoutSeconds * 1_000;
  return { getRemainingTimeInMillis: () => Math.max(0, until - performance.now()) };
}

/** A message as the event source mapping of a queue hands it over. */
export function recordOf(message: Message, queueArn: string): SqsRecord {
  const record = {
    messageId: message.MessageId ?? "",
    receiptHandle: message.ReceiptHandle,
    body: message.Body ?? "",
    attributes: message.Attributes ?? {},
    messageAttributes: {},
    md5OfBody: message.MD5OfBody,
    eventSource: "aws:sqs",
    eventSourceARN: queueArn,
    awsRegion: queueArn.split(":")[3],
  };
  return record;
}

/** What a rule of EventBridge sends. */
export const scheduledEvent = (at: Date) => ({
  version: "0",
  id: crypto.randomUUID(),
  "detail-type": "Scheduled Event",
  source: "aws.events",
  account: "000000000000",
  time: at.toISOString(),
  region: "us-east-1",
  resources: ["arn:aws:events:us-east-1:000000000000:rule/every-minute"],
  detail: {},
});

export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

/** A request to a function URL, payload format 2.0. */
export function urlEvent({ method, url, headers, body }: HttpRequest): FunctionUrlEvent {
  const event = {
    version: "2.0",
    routeKey: "$default",
    rawPath: url.pathname,
    rawQueryString: url.search.slice(1),
    headers,
    requestContext: {
      domainName: url.host,
      http: { method, path: url.pathname, protocol: "HTTP/1.1", sourceIp: "127.0.0.1" },
      requestId: crypto.randomUUID(),
      stage: "$default",
      timeEpoch: Date.now(),
    },
    isBase64Encoded: false,
    ...(body === "" ? {} : { body }),
  };
  return event;
}
