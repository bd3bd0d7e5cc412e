import type { Delivery, JobTransport } from "@pawl/kernel/ports";
import { createSqsTransport, type SqsTransportOptions } from "@pawl/transport-sqs";
import { describe, expect, it } from "vitest";
import { awsError, fakeClient, type Request, silence } from "./fake-client.ts";

const QUEUE = "https://sqs.eu-central-1.amazonaws.com/1/jobs";

function newTransport(
  answer: (request: Request) => unknown,
  options: SqsTransportOptions = { queueUrl: QUEUE },
) {
  const { client, requests } = fakeClient(answer);
  return { transport: createSqsTransport({ ...options, client }), requests };
}

const dequeue = (transport: JobTransport, limit = 10, waitMs = 0): Promise<readonly Delivery[]> =>
  transport.dequeue({ workerId: "w", limit, waitMs });

/** Answers from a stock of messages for every queue. */
const stocked =
  (stock: Record<string, number>) =>
  ({ input }: Request) => {
    const count = Math.min(stock[input.QueueUrl] ?? 0, input.MaxNumberOfMessages);
    stock[input.QueueUrl] = (stock[input.QueueUrl] ?? 0) - count;
    const message = { Body: JSON.stringify(input.QueueUrl), ReceiptHandle: "handle" };
    return { Messages: Array.from({ length: count }, () => message) };
  };

const waitsOf = (requests: readonly Request[]): readonly number[] =>
  requests.map(({ input }) => input.WaitTimeSeconds);

describe("a wait", () => {
  it.each([
    { waitMs: 0, seconds: 0 },
    { waitMs: 1_000, seconds: 1 },
    { waitMs: 2_999, seconds: 2 },
    { waitMs: 20_000, seconds: 20 },
    { waitMs: 3_600_000, seconds: 20 },
  ])("of $waitMs ms is a long poll of $seconds s", async ({ waitMs, seconds }) => {
    const { transport, requests } = newTransport(stocked({ [QUEUE]: 1 }));
    expect(await dequeue(transport, 10, waitMs)).toHaveLength(1);
    expect(waitsOf(requests)).toEqual([seconds]);
  });

  it("below a second looks at its beginning, at its end, and seldom in between", async () => {
    const { transport, requests } = newTransport(() => ({}));
    const before = performance.now();
    expect(await dequeue(transport, 10, 400)).toEqual([]);
    expect(performance.now() - before).toBeGreaterThanOrEqual(399);
    expect(waitsOf(requests)).toEqual([0, 0, 0]);
  });

  it("below a second does not sleep through what comes meanwhile", async () => {
    const stock: Record<string, number> = {};
    const { transport } = newTransport((request) => {
      const answer = stocked(stock)(request);
      stock[QUEUE] = 1;
      return answer;
    });
    const before = performance.now();
    expect(await dequeue(transport, 10, 999)).toHaveLength(1);
    expect(performance.now() - before).toBeLessThan(900);
  });

  it("is no busy loop when SQS answers early", async () => {
    const { transport, requests } = newTransport(() => ({}));
    const before = performance.now();
    expect(await dequeue(transport, 10, 1_500)).toEqual([]);
    expect(performance.now() - before).toBeGreaterThanOrEqual(1_499);
    expect(requests.length).toBeLessThan(10);
  });

  it("that SQS never answers is given up", async () => {
    const { transport } = newTransport(silence, { queueUrl: QUEUE, requestTimeoutMs: 50 });
    await expect(dequeue(transport)).rejects.toMatchObject({
      code: "E_TRANSPORT_UNAVAILABLE",
      details: { verb: "dequeue", codes: ["TimeoutError"] },
    });
    await expect(transport.ack(["0.handle"])).rejects.toMatchObject({
      details: { verb: "ack", codes: ["TimeoutError"], failed: 1, of: 1 },
    });
    await expect(transport.extend("0.handle", 1)).rejects.toMatchObject({
      details: { verb: "extend", codes: ["TimeoutError"] },
    });
  });

  it("ends with the transport, which then refuses everything", async () => {
    const { transport } = newTransport(silence);
    const waiting = dequeue(transport, 10, 20_000);
    await transport.close();
    expect(await waiting).toEqual([]);
    const closed = { code: "E_TRANSPORT_UNAVAILABLE", message: expect.stringContaining("closed") };
    await expect(dequeue(transport)).rejects.toMatchObject(closed);
    await expect(transport.enqueue([])).rejects.toMatchObject(closed);
    await expect(transport.ack([])).rejects.toMatchObject(closed);
    await expect(transport.nack("0.a", { delayMs: 0 })).rejects.toMatchObject(closed);
    await expect(transport.extend("0.a", 0)).rejects.toMatchObject(closed);
    await transport.close();
  });
});

describe("a limit", () => {
  it("of more than ten is asked for in tens, and waited for once", async () => {
    const { transport, requests } = newTransport(stocked({ [QUEUE]: 100 }));
    expect(await dequeue(transport, 25, 5_000)).toHaveLength(25);
    expect(requests.map(({ input }) => input.MaxNumberOfMessages)).toEqual([10, 10, 5]);
    expect(waitsOf(requests)).toEqual([5, 0, 0]);
  });

  it("of many is asked for by ever more requests at once", async () => {
    const stock = stocked({ [QUEUE]: 1_000 });
    const openAt: number[] = [];
    let open = 0;
    const { transport } = newTransport(async (request) => {
      openAt.push(++open);
      await Promise.resolve();
      open -= 1;
      return stock(request);
    });
    expect(await dequeue(transport, 200)).toHaveLength(200);
    const waves = [1, 2, 4, 8, 5];
    expect(openAt).toEqual(waves.flatMap((size) => Array.from({ length: size }, (_, i) => i + 1)));
  });

  it("is not asked for further when a request comes back short", async () => {
    const { transport, requests } = newTransport(stocked({ [QUEUE]: 15 }));
    expect(await dequeue(transport, 200)).toHaveLength(15);
    expect(requests).toHaveLength(3);
  });

  it("keeps what was taken when a later request fails", async () => {
    let requests = 0;
    const { transport } = newTransport((request) => {
      if (++requests > 1) throw awsError("ServiceUnavailable");
      return stocked({ [QUEUE]: 10 })(request);
    });
    expect(await dequeue(transport, 20)).toHaveLength(10);
    await expect(dequeue(transport, 20)).rejects.toMatchObject({ code: "E_TRANSPORT_UNAVAILABLE" });
  });
});

describe("several queues", () => {
  const [a, b] = [`${QUEUE}-a`, `${QUEUE}-b`];
  const queues = { a, b };

  it("are emptied in turn, none before the others", async () => {
    const { transport } = newTransport(stocked({ [a]: 50, [b]: 50 }), { queues });
    const seen: Delivery[] = [];
    for (let round = 0; round < 4; round++) seen.push(...(await dequeue(transport, 5)));
    expect(seen.filter(({ body }) => body === a)).toHaveLength(10);
    expect(seen).toHaveLength(20);
  });

  it("never give more than was asked for", async () => {
    const { transport } = newTransport(stocked({ [a]: 1, [b]: 50 }), { queues });
    expect(await dequeue(transport, 3)).toHaveLength(3);
  });

  it("are waited at for a second each while all are empty", async () => {
    const { transport, requests } = newTransport(() => ({}), { queues });
    await dequeue(transport, 1, 1_200);
    expect(Math.max(...waitsOf(requests))).toBe(1);
  });

  it("that are not consumed are not asked", async () => {
    const stock = stocked({ [a]: 1, [b]: 1 });
    const { transport, requests } = newTransport(stock, { queues, consume: ["b"] });
    expect((await dequeue(transport, 10)).map(({ body }) => body)).toEqual([b]);
    expect(requests.map(({ input }) => input.QueueUrl)).toEqual([b]);
  });

  it("get back what came from them", async () => {
    const { transport, requests } = newTransport(stocked({ [a]: 1, [b]: 1 }), { queues });
    const deliveries = await dequeue(transport, 10);
    for (const { receipt } of deliveries) await transport.nack(receipt, { delayMs: 0 });
    const urls = deliveries.map(({ body }) => body);
    expect(requests.slice(-2).map(({ input }) => input.QueueUrl)).toEqual(urls);
  });
});

describe("a receipt [146]", () => {
  it.each([
    { ms: 0, seconds: 0 },
    { ms: 1, seconds: 1 },
    { ms: 86_400_000, seconds: 39_600 },
    { ms: -1, seconds: 0 },
  ])("is hidden for $seconds s when $ms ms are asked for", async ({ ms, seconds }) => {
    const { transport, requests } = newTransport(() => ({}));
    await transport.extend("0.handle", ms);
    await transport.nack("0.handle", { delayMs: ms });
    expect(requests.map(({ input }) => input.VisibilityTimeout)).toEqual([seconds, seconds]);
  });

  it.each([
    "MessageNotInflight",
    "ReceiptHandleIsInvalid",
    "InvalidParameterValue",
    "AWS.SimpleQueueService.MessageNotInflight",
  ])("that SQS calls %s is no error", async (name) => {
    const { transport } = newTransport(({ name: command, input }) => {
      if (command !== "DeleteMessageBatch") throw awsError(name);
      const [entry] = input.Entries;
      return { Failed: [{ Id: entry?.Id, Code: name, SenderFault: true }] };
    });
    await transport.nack("0.handle", { delayMs: 0 });
    await transport.extend("0.handle", 0);
    await transport.ack(["0.handle"]);
  });

  it("that was not deleted is deleted again by itself, and then named", async () => {
    const { transport, requests } = newTransport(({ input }) => ({
      Failed: input.Entries.filter(({ ReceiptHandle }) => ReceiptHandle === "bad").map(
        ({ Id }) => ({ Id, Code: "InternalError", SenderFault: false }),
      ),
    }));
    const receipts = ["bad", ..."abcdefghijk"].map((handle) => `0.${handle}`);
    await expect(transport.ack(receipts)).rejects.toMatchObject({
      message: expect.stringContaining("1 out of 12"),
    });
    expect(requests.map(({ input }) => input.Entries.length).sort()).toEqual([1, 1, 10, 2]);
  });

  it("of another transport reaches no queue", async () => {
    const { transport, requests } = newTransport(() => ({}));
    for (const receipt of ["1.handle", "handle", "-1.handle", "0."]) {
      await transport.ack([receipt]);
      await transport.extend(receipt, 1);
    }
    expect(requests).toEqual([]);
  });
});

it.each([
  ["QueueDoesNotExist", "Make the queue"],
  ["AccessDenied", "Look at the role"],
  ["CredentialsProviderError", "credentials"],
  ["ECONNREFUSED", "tried again"],
])("%s says what to do", async (name, remedy) => {
  const { transport } = newTransport(() => {
    throw awsError(name);
  });
  await expect(dequeue(transport)).rejects.toMatchObject({
    code: "E_TRANSPORT_UNAVAILABLE",
    message: expect.stringContaining(remedy),
  });
});

it.each([
  [{}, "queueUrl"],
  [{ queueUrl: "jobs" }, "queueUrl"],
  [{ queueUrl: QUEUE, queues: { other: "https://sqs.us-east-1.amazonaws.com/1/x" } }, "queues"],
  [{ queueUrl: QUEUE, visibilityTimeoutMs: 0 }, "visibilityTimeoutMs"],
  [{ queueUrl: QUEUE, visibilityTimeoutMs: 43_200_001 }, "visibilityTimeoutMs"],
  [{ queueUrl: QUEUE, requestTimeoutMs: Number.NaN }, "requestTimeoutMs"],
  [{ queues: { a: QUEUE }, consume: ["b"] }, "consume"],
  [{ queueUrl: QUEUE, fifo: true }, "fifo"],
])("refuses %j and names the option", (options, option) => {
  expect(() => createSqsTransport(options)).toThrow(
    expect.objectContaining({
      code: "E_ARGUMENT_INVALID",
      message: expect.stringContaining(`"${option}"`),
    }),
  );
});
