import type { JobTransport } from "@pawl/kernel/ports";
import { createSqsTransport, type SqsTransportOptions } from "@pawl/transport-sqs";
import { describe, expect, it } from "vitest";
import { awsError, fakeClient, outgoing, type Request, several } from "./fake-client.ts";

const NOW = 1_750_000_000_000;
const QUEUE = "https://sqs.eu-central-1.amazonaws.com/1/jobs";

function newTransport(
  answer: (request: Request) => unknown = () => undefined,
  options: SqsTransportOptions = { queueUrl: QUEUE },
) {
  const { client, requests } = fakeClient(answer);
  const clock = { now: () => NOW };
  const transport: JobTransport = createSqsTransport({ ...options, client, clock });
  const sent = (): readonly (readonly string[])[] =>
    requests.map(({ input }) =>
      input.Entries.map(({ MessageBody }) => JSON.parse(MessageBody).stageId),
    );
  return { transport, requests, sent };
}

const failing =
  (
    stages: readonly string[],
    Code: string,
    SenderFault: boolean,
    times = Number.POSITIVE_INFINITY,
  ) =>
  ({ input }: Request) => {
    const refused = input.Entries.filter(({ MessageBody }) =>
      stages.includes(JSON.parse(MessageBody).stageId),
    );
    return times-- > 0 ? { Failed: refused.map(({ Id }) => ({ Id, Code, SenderFault })) } : {};
  };

describe("a batch [146]", () => {
  it("goes in requests of ten", async () => {
    const { transport, sent } = newTransport();
    await transport.enqueue(several(25));
    expect(
      sent()
        .map((stages) => stages.length)
        .sort(),
    ).toEqual([10, 10, 5]);
    expect(new Set(sent().flat()).size).toBe(25);
  });

  it("goes in requests that weigh no more than 1 MiB", async () => {
    const { transport, requests } = newTransport();
    const stageId = "x".repeat(300_000);
    await transport.enqueue([1, 2, 3, 4, 5, 6].map((n) => outgoing(n, { stageId })));
    const weights = requests.map(({ input }) =>
      input.Entries.reduce((sum, { MessageBody }) => sum + Buffer.byteLength(MessageBody), 0),
    );
    expect(weights).toHaveLength(2);
    expect(weights.every((bytes) => bytes <= 1_048_576)).toBe(true);
  });

  it("is repeated for exactly the entries that failed", async () => {
    const { transport, sent } = newTransport(
      failing(["stage-2", "stage-7"], "InternalError", false, 1),
    );
    await transport.enqueue(several(10));
    expect(sent()[0]).toHaveLength(10);
    expect(sent().slice(1)).toEqual([["stage-2", "stage-7"]]);
  });

  it("is repeated for entries that were throttled", async () => {
    const { transport, sent } = newTransport(failing(["stage-1"], "RequestThrottled", true, 1));
    await transport.enqueue(several(2));
    expect(sent().slice(1)).toEqual([["stage-1"]]);
  });

  it("is given up after three tries, with the count of those that failed", async () => {
    const { transport, sent } = newTransport(
      failing(["stage-2", "stage-7"], "InternalError", false),
    );
    await expect(transport.enqueue(several(10))).rejects.toMatchObject({
      code: "E_TRANSPORT_UNAVAILABLE",
      message: expect.stringContaining("2 out of 10"),
      details: { verb: "enqueue", failed: 2, of: 10, codes: ["InternalError"] },
    });
    expect(sent().map((stages) => stages.length)).toEqual([10, 2, 2]);
  });

  it("is not repeated for what SQS calls our fault; the others are sent", async () => {
    const { transport, sent } = newTransport(failing(["stage-0"], "InvalidMessageContents", true));
    await expect(transport.enqueue(several(12))).rejects.toMatchObject({
      details: { failed: 1, of: 12, codes: ["InvalidMessageContents"] },
    });
    expect(sent()).toHaveLength(2);
  });

  it("whose request fails costs the others nothing", async () => {
    const { transport } = newTransport(({ input }) => {
      if (input.Entries.length < 10) throw awsError("ThrottlingException");
    });
    await expect(transport.enqueue(several(25))).rejects.toMatchObject({
      message: expect.stringMatching(/5 out of 25.*ThrottlingException.*asks for less/),
      details: { failed: 5, of: 25 },
    });
  });
});

describe("a delay [146]", () => {
  it.each([
    { ms: -5_000, seconds: 0 },
    { ms: 0, seconds: 0 },
    { ms: 1, seconds: 1 },
    { ms: 1_500, seconds: 2 },
    { ms: 900_000, seconds: 900 },
    { ms: 900_001, seconds: 900 },
    { ms: 86_400_000, seconds: 900 },
    { ms: Number.POSITIVE_INFINITY, seconds: 900 },
  ])("of $ms ms is $seconds s on a standard queue", async ({ ms, seconds }) => {
    const { transport, requests } = newTransport();
    expect(transport.capabilities.maxDelayMs).toBe(900_000);
    await transport.enqueue([outgoing(1, {}, NOW + ms)]);
    expect(requests[0]?.input.Entries[0]?.DelaySeconds).toBe(seconds);
  });
});

describe("a FIFO queue [146]", () => {
  const fifo = { queueUrl: `${QUEUE}.fifo` };

  it("orders a run's jobs, and knows every dispatch from the others", async () => {
    const { transport, requests } = newTransport(undefined, fifo);
    await transport.enqueue([outgoing(1), outgoing(1), outgoing(2)]);
    const entries = requests[0]?.input.Entries ?? [];
    expect(entries.map(({ MessageGroupId }) => MessageGroupId)).toEqual([
      "run-1",
      "run-1",
      "run-2",
    ]);
    expect(new Set(entries.map((entry) => entry.MessageDeduplicationId)).size).toBe(3);
    expect(entries.some((entry) => "DelaySeconds" in entry)).toBe(false);
  });

  it("repeats an entry under the id of its dispatch", async () => {
    const again = failing(["stage-1"], "InternalError", false, 1);
    const { transport, requests } = newTransport(again, fifo);
    await transport.enqueue([outgoing(1)]);
    const [first, second] = requests.map(({ input }) => input.Entries[0]?.MessageDeduplicationId);
    expect(second).toBe(first);
  });

  it("takes what is due later without a delay, outside its run's order", async () => {
    const { transport, requests } = newTransport(undefined, fifo);
    expect(transport.capabilities.maxDelayMs).toBe(0);
    await transport.enqueue([outgoing(1, {}, NOW + 5_000)]);
    const [entry] = requests[0]?.input.Entries ?? [];
    expect(entry).not.toHaveProperty("DelaySeconds");
    expect(entry?.MessageGroupId).not.toBe("run-1");
  });

  it("takes run ids that SQS would not take for a group", async () => {
    const { transport, requests } = newTransport(undefined, fifo);
    const ids = ["ü", "a b", "x".repeat(129)];
    await transport.enqueue(ids.map((workflowRunId) => outgoing(1, { workflowRunId })));
    const groups = requests[0]?.input.Entries.map((entry) => entry.MessageGroupId) ?? [];
    expect(new Set(groups).size).toBe(3);
    for (const group of groups) expect(group).toMatch(/^[\x21-\x7e]{1,128}$/);
  });
});

describe("several queues", () => {
  it("each get their jobs, and the default the others", async () => {
    const queues = { slow: `${QUEUE}-slow`, bulk: `${QUEUE}-slow` };
    const { transport, requests } = newTransport(undefined, { queueUrl: QUEUE, queues });
    const names = ["slow", "bulk", "default", "toString"];
    await transport.enqueue(names.map((queue, n) => outgoing(n, { queue })));
    const sent = requests.map(({ input }) => [
      input.QueueUrl,
      input.Entries.map(({ MessageBody }) => JSON.parse(MessageBody).queue),
    ]);
    expect(Object.fromEntries(sent)).toEqual({
      [QUEUE]: ["default", "toString"],
      [`${QUEUE}-slow`]: ["slow", "bulk"],
    });
  });

  it("a job without a queue is named before any is sent", async () => {
    const { transport, sent } = newTransport(undefined, { queues: { slow: QUEUE } });
    const jobs = [outgoing(1, { queue: "slow" }), outgoing(2, { queue: "other" })];
    await expect(transport.enqueue(jobs)).rejects.toMatchObject({
      code: "E_CONFIG_INVALID",
      message: expect.stringMatching(/"other".*"queues"/),
    });
    expect(sent()).toEqual([]);
  });
});

it("what SQS refuses as a character is written as a number", async () => {
  const { transport, requests } = newTransport();
  const stageId = "naïve-日本-\u0000\uffff\ud800🦉";
  await transport.enqueue([outgoing(1, { stageId })]);
  const text = requests[0]?.input.Entries[0]?.MessageBody ?? "";
  expect(text).toMatch(/^[\x20-\x7e]+$/);
  expect(JSON.parse(text).stageId).toBe(stageId);
});
