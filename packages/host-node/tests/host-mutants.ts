import type { HostStart, HostSubject } from "@pawl/conformance";
import type { AnyStage, AnyWorkflow, Command, DurableContext, Kernel } from "@pawl/kernel";
import type { HostChange } from "./memory-host.ts";

export interface HostMutant extends HostChange {
  readonly name: string;
  /** Clauses whose cases must fail. */
  readonly clauses: readonly string[];
}

const STARTED = Date.now();
const NOTHING = {
  claimed: 0,
  suspendedChecked: 0,
  staleReleased: 0,
  eventsFlushed: 0,
  dispatched: 0,
  suspects: 0,
};

/** Hosts that are wrong in one way each. */
export const MUTANTS: readonly HostMutant[] = [
  {
    name: "executes every stage that it claimed twice",
    clauses: ["HOST-1", "HOST-12"],
    kernel: (kernel) =>
      answering(kernel, (command, next) => {
        if (command.type === "job.execute") void next().catch(() => undefined);
        return next();
      }),
  },
  {
    name: "executes one of the stages of a claim only",
    clauses: ["HOST-2", "HOST-12"],
    kernel: (kernel) =>
      answering(kernel, async (command, next) =>
        command.type === "job.claim" ? ((await next()) as readonly unknown[]).slice(0, 1) : next(),
      ),
  },
  {
    name: "never wakes what sleeps",
    clauses: ["HOST-3", "HOST-5"],
    kernel: onlyWhenTold,
  },
  {
    name: "wakes what sleeps too early",
    clauses: ["HOST-3", "HOST-9"],
    clock: { now: () => STARTED + 10 * (Date.now() - STARTED) },
  },
  {
    name: "has waits that never end",
    clauses: ["HOST-4"],
    runtime: (sound) => ({
      ...sound,
      after: (_ms, cancel) =>
        cancel?.cancelled.then(
          () => {},
          () => {},
        ) ?? new Promise(() => {}),
    }),
  },
  {
    name: "forgets why a run failed",
    clauses: ["HOST-6"],
    subject: (sound) =>
      over(sound, { result: async (id) => ({ ...(await sound.result(id)), failure: null }) }),
  },
  {
    name: "does not tell the body of a cancel",
    clauses: ["HOST-7"],
    runtime: (sound) => ({ ...sound, newAbort: () => ({ ...sound.newAbort(), abort: () => {} }) }),
  },
  {
    name: "goes on with a paused run",
    clauses: ["HOST-8"],
    kernel: (kernel) => without(kernel, "run.pause"),
  },
  {
    name: "leaves a resumed run where it is",
    clauses: ["HOST-8"],
    kernel: (kernel) => without(kernel, "run.resume"),
  },
  {
    name: "starts at once what is to start later",
    clauses: ["HOST-9"],
    subject: (sound) => starting(sound, ({ startAt: _, ...options }) => options),
  },
  {
    name: "never admits what is to start later",
    clauses: ["HOST-9"],
    kernel: (kernel) => ({
      ...without(kernel, "run.claimPending"),
      maintain: async () => NOTHING,
    }),
  },
  {
    name: "drops the key of a start",
    clauses: ["HOST-10"],
    subject: (sound) => starting(sound, ({ idempotencyKey: _, ...options }) => options),
  },
  {
    name: "stores half of a large value",
    clauses: ["HOST-11"],
    blobStore: (sound) => ({
      ...sound,
      put: (key, bytes) => sound.put(key, bytes.subarray(0, bytes.length / 2)),
    }),
  },
  {
    name: "runs the bodies of recorded steps again",
    clauses: ["HOST-3", "HOST-5", "HOST-13"],
    workflow: repeating,
  },
  {
    name: "starts runs again when it takes over",
    clauses: ["HOST-13"],
    subject: startingAgain,
  },
  {
    name: "takes nothing over",
    clauses: ["HOST-13"],
    kernel: (kernel) => without(kernel, "lease.reapStale"),
  },
  {
    name: "loses an event",
    clauses: ["HOST-14"],
    kernel: (kernel) => ({
      ...kernel,
      query: {
        ...kernel.query,
        getTimeline: async (...asked) => {
          const timeline = await kernel.query.getTimeline(...asked);
          return { ...timeline, events: timeline.events.filter(({ rev }) => rev !== 3) };
        },
      },
    }),
  },
  {
    name: "does not drain",
    clauses: ["HOST-15"],
    options: { drainTimeoutMs: 0 },
  },
  {
    name: "drains without a session",
    clauses: ["HOST-15"],
    subject: (sound) =>
      over(sound, {
        stop: async () => {
          const dead = (await sound.kernel.query.listWorkers()).map(({ id }) => id);
          await sound.kernel.dispatch({ type: "lease.reapStale", dead });
          await sound.stop();
        },
      }),
  },
];

type Answer = (command: Command, next: () => Promise<unknown>) => Promise<unknown>;

const answering = (kernel: Kernel, answer: Answer): Kernel => ({
  ...kernel,
  dispatch: ((command: never) =>
    answer(command, () => kernel.dispatch(command))) as Kernel["dispatch"],
});

/** Commands of this type are answered and not carried out. */
const without = (kernel: Kernel, type: Command["type"]): Kernel =>
  answering(kernel, (command, next) =>
    command.type === type ? Promise.resolve({ changed: true }) : next(),
  );

/** Claims when something is ready at this moment, and never because of the time. */
function onlyWhenTold(kernel: Kernel): Kernel {
  let told = false;
  kernel.listen((news) => {
    if (news.type === "ready" && news.at === undefined) told = true;
  });
  return answering({ ...kernel, maintain: async () => NOTHING }, (command, next) => {
    if (command.type !== "job.claim") return next();
    const claimed = told ? next() : Promise.resolve([]);
    told = false;
    return claimed;
  });
}

/** `...sound` would freeze the kernel of the first host. */
const over = (sound: HostSubject, change: Partial<HostSubject>): HostSubject =>
  Object.assign(Object.create(sound) as HostSubject, change);

const starting = (sound: HostSubject, change: (options: HostStart) => HostStart): HostSubject =>
  over(sound, {
    start: (workflowId, input, options = {}) => sound.start(workflowId, input, change(options)),
  });

function startingAgain(sound: HostSubject): HostSubject {
  const started = new Map<string, Parameters<HostSubject["start"]>>();
  const again = new Map<string, string>();
  return over(sound, {
    start: async (...asked) => {
      const id = await sound.start(...asked);
      started.set(id, asked);
      return id;
    },
    restart: async () => {
      await sound.restart();
      for (const [id, asked] of started) again.set(id, await sound.start(...asked));
    },
    result: (id) => sound.result(again.get(id) ?? id),
  });
}

/** Calls a step's body whenever the stage gets there, whether it was called before or not. */
function repeating(sound: AnyWorkflow): AnyWorkflow {
  const seen = new Set<string>();
  const change = (stage: AnyStage): AnyStage => ({
    ...stage,
    execute: (ctx) => {
      const durable = ctx as DurableContext;
      const step: DurableContext["step"] = (key, body, options) => {
        const name = `${durable.idempotencyKey}/${key}`;
        if (seen.has(name)) void body({ attempt: 1 } as never);
        seen.add(name);
        return durable.step(key, body, options);
      };
      return stage.execute(Object.assign(Object.create(durable), { step }) as never);
    },
  });
  const nodes = [...sound.graph.nodes.values()].map((node) => ({
    ...node,
    stage: change(node.stage),
  }));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  return { ...sound, graph: { ...sound.graph, nodes: byId } };
}
