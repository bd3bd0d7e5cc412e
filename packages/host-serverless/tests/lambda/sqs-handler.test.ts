import { STRAY_GHOSTS, strayMessages } from "@pawl/conformance";
import type { Job } from "@pawl/kernel/ports";
import { describe, expect, it } from "vitest";
import type { Invocation, ServerlessHost } from "../../src/index.ts";
import { createSqsHandler, type SqsRecord } from "../../src/lambda/index.ts";
import { keysOf, steps } from "../workflows.ts";
import { createWorld, type World } from "../world.ts";
import { contextOf, sqsEvent, sqsRecord } from "./events.ts";

const NONE = { batchItemFailures: [] };
const failed = (...ids: readonly string[]) => ({
  batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })),
});

function handle(world: World, records: readonly SqsRecord[], ms?: number) {
  const handler = createSqsHandler({ host: world.host });
  return world.time.until(handler(sqsEvent(...records), contextOf(world.time, ms)));
}

async function started(count: number, body?: (key: string) => unknown): Promise<World> {
  const world = createWorld({ workflows: [steps(2, body)] });
  for (let n = 0; n < count; n++) await world.start("steps");
  return world;
}

const recordsOf = async (world: World, group?: string): Promise<readonly SqsRecord[]> =>
  (await world.jobs()).map((job, at) => sqsRecord(`m${at}`, job, group));

/** The world's host, which can't be reached for some messages. */
function failing({ host }: World, fails: (message: Partial<Job>) => boolean): ServerlessHost {
  const disturbed = (invocation: Invocation): Invocation => ({
    ...invocation,
    async handleJob(message) {
      if (fails(message as Partial<Job>)) throw new Error("out of reach");
      return invocation.handleJob(message);
    },
  });
  const { kernel, logger } = host;
  const during: ServerlessHost["during"] = (call, work) =>
    host.during(call, (invocation) => work(disturbed(invocation)));
  return { kernel, logger, during } as ServerlessHost;
}

describe("a batch of a standard queue [143]", () => {
  it("is executed, beside each other, and nothing of it comes again", async () => {
    let most = 0;
    let now = 0;
    const world: World = await started(10, async () => {
      most = Math.max(most, ++now);
      await world.time.runtime.after(100);
      now -= 1;
    });
    expect(await handle(world, await recordsOf(world))).toEqual(NONE);
    expect(most).toBe(10);
    const { runs, workers } = world.persistence.dump();
    expect(runs.map(({ status }) => status)).toEqual(Array(10).fill("completed"));
    for (const { id } of runs) expect(world.recorded(id)).toEqual(keysOf(2));
    expect(workers.length).toBe(1);
  });

  it("with messages that are none, unknown and double loses nothing to them", async () => {
    const world = await started(1);
    const job = await world.job();
    const strays = strayMessages(job).map(({ name, text }) => sqsRecord(name, text));
    const records = [sqsRecord("binary", "\u0000\u0001\uFFFD"), sqsRecord("empty", ""), ...strays];
    const before = world.persistence.dump();
    expect(await handle(world, records)).toEqual(NONE);
    const { runs, stages, events, steps, deadLetters: letters } = world.persistence.dump();
    expect({ runs, stages, events, steps }).toEqual({
      runs: before.runs,
      stages: before.stages,
      events: before.events,
      steps: before.steps,
    });
    const ghosts = { ...STRAY_GHOSTS, malformed: STRAY_GHOSTS.malformed + 2 };
    expect(world.host.getStats()).toMatchObject({ jobs: { ghost: 8 }, ghosts });
    expect(letters).toHaveLength(7);
    expect(Math.max(...letters.map(({ body }) => String(body).length))).toBeLessThan(2_100);
    const told = world.lines.filter(({ message }) => message.startsWith("a message is no job"));
    expect(told).toHaveLength(Object.keys(STRAY_GHOSTS).length);
    const good = [sqsRecord("good", job), sqsRecord("good again", job)];
    expect(await handle(world, [...strays, ...good])).toEqual(NONE);
    expect(world.persistence.dump().runs).toMatchObject([{ status: "completed" }]);
    expect(world.host.getStats()).toMatchObject({ jobs: { completed: 1 } });
  });

  it("comes again as a whole while the database is down", async () => {
    const world = await started(2);
    const records = [...(await recordsOf(world)), sqsRecord("bad", "no job")];
    for (const name of ["claim", "commit", "commitMany"]) world.fail(name, "unavailable");
    expect(await handle(world, records)).toEqual(failed("m0", "m1", "bad"));
    expect(world.lines.map(({ message }) => message)).toContain(
      "a message could not be handled and will come again",
    );
    for (const name of ["claim", "commit", "commitMany"]) world.fail(name, undefined);
    expect(await handle(world, records)).toEqual(NONE);
    expect(world.persistence.dump().runs).toMatchObject(Array(2).fill({ status: "completed" }));
    expect(world.host.getStats().ghosts).toEqual({ malformed: 1 });
  });

  it("gives back what does not fit into its time", async () => {
    const ran: string[] = [];
    const world: World = await started(3, async (key) => {
      ran.push(key);
      await world.time.runtime.after(8_000);
    });
    const handler = createSqsHandler({ host: world.host, concurrency: 1 });
    const event = sqsEvent(...(await recordsOf(world)));
    const work = handler(event, contextOf(world.time, 20_000));
    expect(await world.time.until(work)).toEqual(failed("m1", "m2"));
    expect(ran).toEqual(["s1", "s2"]);
  });
});

describe("a batch of a FIFO queue", () => {
  it("keeps the order of a group, and runs groups beside each other", async () => {
    const world: World = await started(4, async () => world.time.runtime.after(100));
    const [a, b, c, d] = await world.jobs();
    const order: string[] = [];
    world.kernel.listen((news) => news.type === "runEnded" && order.push(news.runId));
    const records = [
      sqsRecord("a", a, "one"),
      sqsRecord("b", b, "one"),
      sqsRecord("c", c, "one"),
      sqsRecord("d", d, "two"),
    ];
    expect(await handle(world, records)).toEqual(NONE);
    const first = order.filter((id) => id !== d?.workflowRunId);
    expect(first).toEqual([a, b, c].map((job) => job?.workflowRunId));
    expect(order.indexOf(d?.workflowRunId ?? "")).toBeLessThan(2);
  });

  it("reports what follows a failure in its group, and nothing of other groups", async () => {
    const world = await started(3);
    const [a, b, c] = await world.jobs();
    const host = failing(world, (message) => message.workflowRunId === b?.workflowRunId);
    const records = [
      sqsRecord("a", a, "one"),
      sqsRecord("b", b, "one"),
      sqsRecord("after b", "no job", "one"),
      sqsRecord("c", c, "two"),
    ];
    const handler = createSqsHandler({ host });
    const work = handler(sqsEvent(...records), contextOf(world.time));
    expect(await world.time.until(work)).toEqual(failed("b", "after b"));
    const { runs } = world.persistence.dump();
    expect(runs.map(({ status }) => status)).toEqual(["completed", "running", "completed"]);
  });
});

it("makes its host once, and anew when that failed", async () => {
  const world = await started(2);
  let made = 0;
  const handler = createSqsHandler({
    host: async () => {
      made += 1;
      if (made === 1) throw new Error("no database yet");
      return world.host;
    },
  });
  const event = sqsEvent(...(await recordsOf(world)));
  const call = () => handler(event, contextOf(world.time));
  await expect(call()).rejects.toThrow("no database yet");
  for (let n = 0; n < 3; n++) expect(await world.time.until(call())).toEqual(NONE);
  expect(made).toBe(2);
});

it("refuses the event of another trigger", async () => {
  const world = await started(0);
  const handler = createSqsHandler({ host: world.host });
  const event = { detail: {} } as never;
  await expect(handler(event, contextOf(world.time))).rejects.toMatchObject({
    code: "E_ARGUMENT_INVALID",
  });
});
