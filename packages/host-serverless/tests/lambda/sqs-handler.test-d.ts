import { expectTypeOf, it } from "vitest";
import { createSqsHandler } from "../../src/lambda/index.ts";

declare const host: Parameters<typeof createSqsHandler>[0]["host"];
const handler = createSqsHandler({ host });

/** As the types of AWS Lambda on npm say it. */
interface Attributes {
  ApproximateReceiveCount: string;
  MessageGroupId?: string | undefined;
}
interface Batch {
  Records: { messageId: string; body: string; eventSourceARN: string; attributes: Attributes }[];
}
interface Answer {
  batchItemFailures: { itemIdentifier: string }[];
}

it("a handler of messages is one by the types that Lambda's users have", () => {
  const context = { getRemainingTimeInMillis: () => 1, awsRequestId: "id" };
  type Handler = (event: Batch, given: typeof context) => Promise<Answer>;
  expectTypeOf(handler).toExtend<Handler>();
});

it("takes an event as AWS' documentation has it", () => {
  const attributes = { ApproximateReceiveCount: "1", SenderId: "me" };
  const record = { messageId: "m", body: "{}", eventSourceARN: "arn", attributes };
  void handler({ Records: [record] }, { getRemainingTimeInMillis: () => 1 });
});
