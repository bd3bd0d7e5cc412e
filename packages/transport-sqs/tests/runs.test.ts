import { GetQueueAttributesCommand, SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { STRAY_GHOSTS, strayMessages } from "@pawl/conformance";
import { defineWorkflow, type RunView } from "@pawl/kernel";
import type { OutgoingJob } from "@pawl/kernel/ports";
import { freshQueue, isSkipped, privateSqs } from "@pawl/services";
import { describeOn } from "@pawl/services/vitest";
import { afterAll, expect, it, vi } from "vitest";
import { newClient } from "./clients.ts";
import { type Fleet, startFleet } from "./fleet.ts";

const RUNS = 30;
const WITHIN_MS = 30_000;
const server = await privateSqs();
afterAll(() => (isSkipped(server) ? undefined : server.remove()));

function threeSteps(gate: Promise<void>) {
  const bodies: string[] = [];
  const workflow = defineWorkflow({
    id: "three",
    run: async (ctx, input: number) => {
      let sum = input;
      for (const key of ["a", "b", "c"])
        sum = await ctx.step(key, async () => {
          bodies.push(`${input}-${key}`);
          await gate;
          return sum + 1;
        });
      return sum;
    },
  });
  return { workflow, bodies };
}

/** The hint at the ready stage of a run, which its starter would send. */
const hint = (workflowRunId: string): OutgoingJob => ({
  job: {
    v: 1,
    jobId: `${workflowRunId}-main-1`,
    workflowRunId,
    workflowId: "three",
    stageId: "main",
    mapIndex: 0,
    generation: 0,
    attempt: 1,
    queue: "default",
  },
  notBefore: Date.now(),
  priority: 0,
});

async function create({ kernel }: Fleet, runs = RUNS): Promise<readonly string[]> {
  const inputs = Array.from({ length: runs }, (_, n) => n);
  const created = inputs.map((input) =>
    kernel.dispatch({ type: "run.create", workflowId: "three", input }),
  );
  return (await Promise.all(created)).map(({ workflowRunId }) => workflowRunId);
}

/** Those that may be taken, and those that somebody has taken. */
async function messagesIn(client: SQSClient, queueUrl: string): Promise<number> {
  const { Attributes = {} } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ["All"] }),
  );
  const { ApproximateNumberOfMessages: there, ApproximateNumberOfMessagesNotVisible: taken } =
    Attributes;
  return Number(there) + Number(taken);
}

function expectAllDone(runs: readonly RunView[], bodies: readonly string[]): void {
  expect(runs.map(({ status }) => status)).toEqual(runs.map(() => "completed"));
  expect(bodies).toHaveLength(3 * RUNS);
  expect(new Set(bodies).size).toBe(3 * RUNS);
}

describeOn("runs whose jobs SQS carries", server, (own) => {
  const open = async (attributes?: Record<string, string>, gate = Promise.resolve()) => {
    const { workflow, bodies } = threeSteps(gate);
    const { url: queueUrl } = await freshQueue(own, attributes);
    const client = newClient(own);
    const fleet = await startFleet({ workflow, client, queueUrl, hosts: 2 });
    return { fleet, bodies, client, queueUrl };
  };

  it.each([
    ["a standard queue", {}],
    ["a FIFO queue", { FifoQueue: "true" }],
  ])("complete on %s, though every job comes twice", async (_, attributes) => {
    const { fleet, bodies } = await open(attributes);
    const ids = await create(fleet);
    await fleet.transport.enqueue([...ids, ...ids].map(hint));
    expectAllDone(await Promise.all(ids.map(fleet.ended)), bodies);
    await fleet.stop();
  });

  it("complete though the server dies with their jobs", async () => {
    let restarted = (): void => {};
    const gate = new Promise<void>((resolve) => {
      restarted = resolve;
    });
    const { fleet, bodies } = await open({}, gate);
    const ids = await create(fleet);
    await fleet.transport.enqueue(ids.map(hint));
    await vi.waitFor(() => expect(bodies.length).toBeGreaterThan(0));
    await own.stop("immediate");
    await own.start();
    expect(bodies.length).toBeLessThan(RUNS);
    restarted();
    expectAllDone(await Promise.all(ids.map(fleet.ended)), bodies);
    await fleet.stop();
  });

  it("messages of strangers are acknowledged, counted, told of once, change nothing", async () => {
    const { fleet, client, queueUrl } = await open();
    const [runId = ""] = await create(fleet, 1);
    await fleet.ended(runId);
    const { runs, stages, events, steps } = fleet.dump();
    for (const { text: MessageBody } of strayMessages(hint(runId).job))
      await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody }));
    await vi.waitFor(() => expect(fleet.ghosts()).toMatchObject(STRAY_GHOSTS), WITHIN_MS);
    await vi.waitFor(async () => expect(await messagesIn(client, queueUrl)).toBe(0), WITHIN_MS);
    expect(fleet.dump()).toMatchObject({ runs, stages, events, steps });
    expect(fleet.dump().deadLetters).toHaveLength(5);
    // Each of the two processes may tell of a kind once.
    expect([...new Set(fleet.told)].sort()).toEqual(Object.keys(STRAY_GHOSTS).sort());
    await fleet.stop();
  });
});
