import { GetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { type AnyWorkflow, defineWorkflow } from "@pawl/kernel";
import { createMemoryStore } from "@pawl/persistence-memory";
import { freshQueue, SQS_ACCESS } from "@pawl/services";
import { describeOn, sqs } from "@pawl/services/vitest";
import { expect, it } from "vitest";
import { startEventSource } from "./event-source.ts";
import { type Copy, copyOf } from "./function-copy.ts";

const RUNS = 30;
const KEYS = ["a", "b", "c"];
/** Each run is executed until its nap and after it. */
const EXECUTED = 2 * RUNS;

/** Three steps and a nap, for which the run waits as a message that is due later. */
function napping(bodies: string[]): AnyWorkflow {
  return defineWorkflow({
    id: "napping",
    run: async (ctx, input: number) => {
      for (const key of KEYS) {
        await ctx.step(key, () => bodies.push(`${input}-${key}`));
        if (key === "b") await ctx.sleep("nap", 100);
      }
      return input;
    },
  });
}

/** Resolves when so many runs have ended, wherever they did. */
function ended(copies: readonly Copy[], count: number): Promise<void> {
  const ids = new Set<string>();
  return new Promise((resolve) => {
    for (const { kernel } of copies)
      kernel.listen((news) => {
        if (news.type === "runEnded") ids.add(news.runId);
        if (ids.size === count) resolve();
      });
  });
}

/** How many messages a queue has, also those that are hidden or due later. */
async function messagesIn(client: SQSClient, queueUrl: string): Promise<number> {
  const AttributeNames = [
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
  ] as const;
  const command = new GetQueueAttributesCommand({
    QueueUrl: queueUrl,
    AttributeNames: [...AttributeNames],
  });
  const { Attributes } = await client.send(command);
  return sum(AttributeNames.map((name) => Number(Attributes?.[name])));
}

const sum = (counts: readonly number[]): number => counts.reduce((all, count) => all + count, 0);

describeOn("functions that SQS calls", await sqs(), (server) => {
  it.each([
    { on: "a standard queue", attributes: {}, isScheduled: false },
    {
      on: "a FIFO queue, which delays nothing, and a schedule",
      attributes: { FifoQueue: "true" },
      isScheduled: true,
    },
  ])(
    "execute every step once on $on, though every job comes twice",
    async ({ attributes, isScheduled }) => {
      const { url: queueUrl, drop } = await freshQueue(server, attributes);
      const client = new SQSClient({ ...SQS_ACCESS, endpoint: server.url });
      const bodies: string[] = [];
      const parts = { workflow: napping(bodies), store: createMemoryStore(), client, queueUrl };
      const copies = [copyOf(parts), copyOf(parts)] as const;
      const [{ kernel, start, onSchedule }] = copies;
      const all = ended(copies, RUNS);
      const handlers = copies.map(({ onBatch }) => onBatch);
      const schedule = isScheduled ? { onSchedule } : {};
      const source = startEventSource({ client, queueUrl, handlers, ...schedule });
      const ids = await Promise.all(Array.from({ length: RUNS }, (__, n) => start("napping", n)));
      await all;
      await source.drained();
      const runs = await Promise.all(ids.map((id) => kernel.query.getRun(id)));
      expect(runs.map(({ status, output }) => [status, output])).toEqual(
        ids.map((__, n) => ["completed", n]),
      );
      const expected = ids.flatMap((__, n) => KEYS.map((key) => `${n}-${key}`));
      expect(bodies.toSorted()).toEqual(expected.toSorted());
      expect(source.failures).toBe(0);
      const handled = sum(copies.flatMap(({ host }) => Object.values(host.getStats().jobs)));
      expect(handled).toBeGreaterThan(EXECUTED);
      expect(await messagesIn(client, queueUrl)).toBe(0);
      for (const copy of copies) await copy.close();
      client.destroy();
      await drop();
    },
  );
});
