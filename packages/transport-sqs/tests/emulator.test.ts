import { SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { Delivery, JobTransport } from "@pawl/kernel/ports";
import { freshQueue, isSkipped, privateSqs } from "@pawl/services";
import { describeOn } from "@pawl/services/vitest";
import { createSqsTransport } from "@pawl/transport-sqs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newClient } from "./clients.ts";
import { outgoing, several } from "./fake-client.ts";

const VISIBILITY_MS = 2_000;
const server = await privateSqs();
afterAll(() => (isSkipped(server) ? undefined : server.remove()));

const take = (transport: JobTransport, limit = 10, waitMs = 0): Promise<readonly Delivery[]> =>
  transport.dequeue({ workerId: "w", limit, waitMs });

/** All that comes until a long poll brings nothing. */
async function takeAll(transport: JobTransport): Promise<readonly Delivery[]> {
  const all: Delivery[] = [];
  for (;;) {
    const deliveries = await take(transport, 100, 2 * VISIBILITY_MS);
    if (deliveries.length === 0) return all;
    await transport.ack(deliveries.map(({ receipt }) => receipt));
    all.push(...deliveries);
  }
}

const stagesOf = (deliveries: readonly Delivery[]): readonly string[] =>
  deliveries.map(({ body }) => (body as { stageId: string }).stageId).sort();

describeOn("a queue of the emulator", server, (own) => {
  let client: SQSClient;
  beforeAll(() => {
    client = newClient(own);
  });
  afterAll(() => client.destroy());

  const open = async (attributes?: Record<string, string>) => {
    const { url: queueUrl } = await freshQueue(own, attributes);
    const options = { queueUrl, client, visibilityTimeoutMs: VISIBILITY_MS };
    return { queueUrl, transport: createSqsTransport(options) };
  };

  describe("whose messages are not ours", () => {
    const big = JSON.stringify({ v: 1, junk: "x".repeat(1_000_000) });
    it.concurrent.each([
      ["no JSON", "{ not json", "{ not json"],
      ["a number", "7", 7],
      ["null", "null", null],
      ["another version", '{"v":9}', { v: 9 }],
      ["bytes as text", "AAECAwT/", "AAECAwT/"],
      ["a truncated job", '{"v":1,"jobId":"st', '{"v":1,"jobId":"st'],
      ["a megabyte", big, JSON.parse(big)],
    ])("delivers %s, which can be acknowledged", async (_, MessageBody, body) => {
      const { transport, queueUrl } = await open();
      await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody }));
      const deliveries = await take(transport);
      expect(deliveries.map((delivery) => delivery.body)).toEqual([body]);
      await transport.ack(deliveries.map(({ receipt }) => receipt));
      expect(await take(transport, 1, VISIBILITY_MS + 1_000)).toEqual([]);
    });
  });

  it("gives up to the limit, however many that is", async () => {
    const { transport } = await open();
    await transport.enqueue(several(64));
    const deliveries = await take(transport, 50);
    expect(deliveries).toHaveLength(50);
    await transport.ack(deliveries.map(({ receipt }) => receipt));
    expect(await takeAll(transport)).toHaveLength(14);
  });

  it("is asked again after a long poll, without a gap of less than a second", async () => {
    const { transport } = await open();
    const before = performance.now();
    expect(await transport.dequeue({ workerId: "w", limit: 1, waitMs: 1_990 })).toEqual([]);
    expect(performance.now() - before).toBeLessThan(1_900);
  });

  it("ends its long poll when the transport closes", async () => {
    const { transport } = await open();
    const before = performance.now();
    const waiting = take(transport, 1, 20_000);
    await transport.close();
    expect(await waiting).toEqual([]);
    expect(performance.now() - before).toBeLessThan(5_000);
  });

  it("in order delivers what a run dispatches again, and one after the other", async () => {
    const { transport } = await open({ FifoQueue: "true" });
    const run = { workflowRunId: "run" };
    await transport.enqueue([outgoing(1, run), outgoing(2, run), outgoing(1, run)]);
    for (const stage of ["stage-1", "stage-2", "stage-1"]) {
      const deliveries = await take(transport);
      expect(stagesOf(deliveries)).toEqual([stage]);
      await transport.ack(deliveries.map(({ receipt }) => receipt));
    }
  });

  it("in order is not held up by a job that came early and was given back", async () => {
    const { transport } = await open({ FifoQueue: "true" });
    const run = { workflowRunId: "run" };
    await transport.enqueue([outgoing(1, run, Date.now() + 60_000)]);
    const [early] = await take(transport);
    await transport.nack(early?.receipt ?? "", { delayMs: 60_000 });
    await transport.enqueue([outgoing(2, run)]);
    expect(stagesOf(await take(transport))).toEqual(["stage-2"]);
  });

  it.each(["immediate", "fast"] as const)(
    "stopped (%s) in mid-flight loses nothing, and brings nothing back that was acknowledged",
    async (mode) => {
      const { transport } = await open();
      await transport.enqueue(several(20));
      const held = await take(transport, 10);
      const [acknowledged, kept] = [held.slice(0, 5), held.slice(5)];
      await transport.ack(acknowledged.map(({ receipt }) => receipt));
      const waiting = takeAll(await awayDuring(mode, transport));
      const seen = stagesOf(await waiting);
      const expected = stagesOf(several(20).map(({ job }) => ({ body: job, receipt: "" })));
      expect(seen).toEqual(expected.filter((stage) => !stagesOf(acknowledged).includes(stage)));
      expect(stagesOf(kept).every((stage) => seen.includes(stage))).toBe(true);
    },
  );

  /** Stops the server under calls of every verb, and starts it again. */
  async function awayDuring(mode: "immediate" | "fast", transport: JobTransport) {
    await own.stop(mode);
    const away = { code: "E_TRANSPORT_UNAVAILABLE", details: { codes: ["ECONNREFUSED"] } };
    await expect(transport.enqueue(several(3))).rejects.toMatchObject(away);
    await expect(take(transport)).rejects.toMatchObject(away);
    await expect(transport.ack(["0.a"])).rejects.toMatchObject(away);
    await expect(transport.nack("0.a", { delayMs: 0 })).rejects.toMatchObject(away);
    await own.start();
    return transport;
  }

  it("stopped under a long poll fails it, typed, and the next one works", async () => {
    const { transport } = await open();
    const waiting = take(transport, 1, 20_000);
    const failed = expect(waiting).rejects.toMatchObject({ code: "E_TRANSPORT_UNAVAILABLE" });
    await own.stop("immediate");
    await failed;
    await own.start();
    await transport.enqueue([outgoing(1)]);
    expect(stagesOf(await take(transport, 1, 5_000))).toEqual(["stage-1"]);
  });

  it("that does not answer is given up in bounded time", async () => {
    const { url: queueUrl } = await freshQueue(own);
    const transport = createSqsTransport({ queueUrl, client, requestTimeoutMs: 200 });
    own.freeze();
    const before = performance.now();
    const late = { details: { codes: ["TimeoutError"] } };
    await expect(take(transport)).rejects.toMatchObject(late);
    await expect(transport.enqueue(several(1))).rejects.toMatchObject(late);
    await transport.close();
    expect(performance.now() - before).toBeLessThan(10_000);
    own.thaw();
  });
});
