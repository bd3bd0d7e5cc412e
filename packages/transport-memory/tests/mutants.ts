import { EngineError } from "@pawl/kernel";
import type { Delivery, JobTransport } from "@pawl/kernel/ports";
import type { VirtualTime } from "./virtual-time.ts";

export interface TransportMutant {
  readonly name: string;
  /** Clause whose cases must fail. */
  readonly clause: string;
  readonly mutate: (transport: JobTransport, time: VirtualTime) => Partial<JobTransport>;
}

const DELAY_MS_MAX = 900;

/** Transports that are wrong in one way each. */
export const MUTANTS: readonly TransportMutant[] = [
  {
    name: "loses the last job of a batch",
    clause: "TRANSPORT-1",
    mutate: ({ enqueue }) => ({ enqueue: (jobs) => enqueue(jobs.slice(0, -1)) }),
  },
  {
    name: "sends every job twice",
    clause: "TRANSPORT-1",
    mutate: ({ enqueue }) => ({ enqueue: (jobs) => enqueue([...jobs, ...jobs]) }),
  },
  {
    name: "delivers at once what is due later",
    clause: "TRANSPORT-1",
    mutate: ({ enqueue }) => ({
      enqueue: (jobs) => enqueue(jobs.map((job) => ({ ...job, notBefore: 0 }))),
    }),
  },
  {
    name: "cuts a delay to its longest",
    clause: "TRANSPORT-1",
    mutate: ({ enqueue }, time) => ({
      enqueue: (jobs) => {
        const latest = time.now() + DELAY_MS_MAX;
        return enqueue(jobs.map((job) => ({ ...job, notBefore: Math.min(job.notBefore, latest) })));
      },
    }),
  },
  {
    name: "takes a job id that it has seen for a duplicate",
    clause: "TRANSPORT-1",
    mutate: ({ enqueue }) => {
      const seen = new Set<string>();
      return {
        enqueue: (jobs) => {
          const fresh = jobs.filter(({ job }) => !seen.has(job.jobId));
          for (const { job } of fresh) seen.add(job.jobId);
          return enqueue(fresh);
        },
      };
    },
  },
  {
    name: "refuses job ids with a colon",
    clause: "TRANSPORT-1",
    mutate: ({ enqueue }) => ({
      enqueue: async (jobs) => {
        if (jobs.some(({ job }) => job.jobId.includes(":"))) throw new Error("bad id");
        await enqueue(jobs);
      },
    }),
  },
  {
    name: "delivers only what a claim reads",
    clause: "TRANSPORT-1",
    mutate: (transport) => ({
      dequeue: async (request) =>
        changed(await transport.dequeue(request), ({ body }) => {
          const { mapIndex: _, ...rest } = body as Record<string, unknown>;
          return rest;
        }),
    }),
  },
  {
    name: "promises priorities and ignores them",
    clause: "TRANSPORT-1",
    mutate: ({ enqueue }) => ({
      enqueue: (jobs) => enqueue(jobs.map((job) => ({ ...job, priority: 0 }))),
    }),
  },
  {
    name: "delivers by least priority first",
    clause: "TRANSPORT-1",
    mutate: ({ enqueue }) => ({
      enqueue: (jobs) => enqueue(jobs.map((job) => ({ ...job, priority: -job.priority }))),
    }),
  },
  {
    name: "forgets acknowledgements",
    clause: "TRANSPORT-2",
    mutate: () => ({ ack: async () => {} }),
  },
  {
    name: "acknowledges the first of several only",
    clause: "TRANSPORT-2",
    mutate: ({ ack }) => ({ ack: (receipts) => ack(receipts.slice(0, 1)) }),
  },
  {
    name: "acknowledges on delivery",
    clause: "TRANSPORT-2",
    mutate: (transport) => ({
      dequeue: async (request) => {
        const deliveries = await transport.dequeue(request);
        await transport.ack(deliveries.map(({ receipt }) => receipt));
        return deliveries;
      },
    }),
  },
  {
    name: "acknowledges all that is held when one is",
    clause: "TRANSPORT-2",
    mutate: (transport) => {
      const held = new Set<string>();
      return {
        dequeue: async (request) => {
          const deliveries = await transport.dequeue(request);
          for (const { receipt } of deliveries) held.add(receipt);
          return deliveries;
        },
        ack: () => transport.ack([...held]),
      };
    },
  },
  {
    name: "drops what is given back",
    clause: "TRANSPORT-3",
    mutate: ({ ack }) => ({ nack: (receipt) => ack([receipt]) }),
  },
  {
    name: "gives back without the delay",
    clause: "TRANSPORT-3",
    mutate: ({ nack }) => ({ nack: (receipt) => nack(receipt, { delayMs: 0 }) }),
  },
  {
    name: "leaves what is given back to the visibility",
    clause: "TRANSPORT-3",
    mutate: () => ({ nack: async () => {} }),
  },
  {
    name: "gives back as the end of a hiding place only",
    clause: "TRANSPORT-3",
    mutate: ({ nack }) => ({
      nack: (receipt, { delayMs }) => nack(receipt, { delayMs: Math.min(delayMs, 30_000) }),
    }),
  },
  {
    name: "gives up after five deliveries",
    clause: "TRANSPORT-3",
    mutate: (transport) => {
      const tries = new Map<unknown, number>();
      return {
        dequeue: async (request) => {
          const deliveries = await transport.dequeue(request);
          return deliveries.filter(({ body }) => {
            const { jobId } = body as { jobId: unknown };
            tries.set(jobId, (tries.get(jobId) ?? 0) + 1);
            return (tries.get(jobId) ?? 0) <= 5;
          });
        },
      };
    },
  },
  {
    name: "never delivers again by itself",
    clause: "TRANSPORT-4",
    mutate: (transport) => ({
      dequeue: async (request) => {
        const deliveries = await transport.dequeue(request);
        for (const { receipt } of deliveries) await transport.extend(receipt, 1e12);
        return deliveries;
      },
    }),
  },
  {
    name: "does not hide what is in work",
    clause: "TRANSPORT-4",
    mutate: (transport) => ({
      dequeue: async (request) => {
        const deliveries = await transport.dequeue(request);
        for (const { receipt } of deliveries) await transport.extend(receipt, 0);
        return deliveries;
      },
    }),
  },
  {
    name: "ignores extensions",
    clause: "TRANSPORT-4",
    mutate: () => ({ extend: async () => {} }),
  },
  {
    name: "adds extensions up",
    clause: "TRANSPORT-4",
    mutate: ({ extend }) => {
      let sum = 0;
      return {
        extend: (receipt, ms) => {
          sum += ms;
          return extend(receipt, sum);
        },
      };
    },
  },
  {
    name: "extends by ending the receipt",
    clause: "TRANSPORT-4",
    mutate: ({ nack }) => ({ extend: (receipt, ms) => nack(receipt, { delayMs: ms }) }),
  },
  {
    name: "answers more than the limit",
    clause: "TRANSPORT-5",
    mutate: ({ dequeue }) => ({ dequeue: (request) => dequeue({ ...request, limit: 100 }) }),
  },
  {
    name: "drops what is beyond the limit",
    clause: "TRANSPORT-5",
    mutate: ({ dequeue }) => ({
      dequeue: async (request) =>
        (await dequeue({ ...request, limit: 100 })).slice(0, request.limit),
    }),
  },
  {
    name: "never waits",
    clause: "TRANSPORT-5",
    mutate: ({ dequeue }) => ({ dequeue: (request) => dequeue({ ...request, waitMs: 0 }) }),
  },
  {
    name: "always waits",
    clause: "TRANSPORT-5",
    mutate: ({ dequeue }) => ({
      dequeue: (request) => dequeue({ ...request, waitMs: request.waitMs + 60_000 }),
    }),
  },
  {
    name: "looks once more at the end of the wait only",
    clause: "TRANSPORT-5",
    mutate: ({ dequeue }, time) => ({
      dequeue: async (request) => {
        const first = await dequeue({ ...request, waitMs: 0 });
        if (first.length > 0 || request.waitMs === 0) return first;
        await time.after(request.waitMs);
        return dequeue({ ...request, waitMs: 0 });
      },
    }),
  },
  {
    name: "gives one job to all that wait",
    clause: "TRANSPORT-5",
    mutate: ({ dequeue }) => {
      let shared: Promise<readonly Delivery[]> | undefined;
      return {
        dequeue: (request) => {
          if (request.waitMs === 0) return dequeue(request);
          shared ??= dequeue(request);
          return shared;
        },
      };
    },
  },
  {
    name: "complains of unknown receipts",
    clause: "TRANSPORT-6",
    mutate: ({ extend }) => ({
      extend: async (receipt, ms) => {
        if (!/^\d+-\d+$/.test(receipt)) throw new EngineError("E_ROW_UNKNOWN", "No such receipt");
        await extend(receipt, ms);
      },
    }),
  },
  {
    name: "stops at the first unknown receipt",
    clause: "TRANSPORT-6",
    mutate: ({ ack }) => ({
      ack: (receipts) => {
        const bad = receipts.findIndex((receipt) => !/^\d+-\d+$/.test(receipt));
        return ack(bad < 0 ? receipts : receipts.slice(0, bad));
      },
    }),
  },
  ...(["ack", "nack", "extend"] as const).map((verb): TransportMutant => {
    const name = `takes an old receipt for the new one in ${verb}`;
    return { name, clause: "TRANSPORT-6", mutate: (transport) => byJob(transport, verb) };
  }),
  {
    name: "revives an acknowledged job that is given back",
    clause: "TRANSPORT-6",
    mutate: (transport, time) => {
      const done = new Map<string, Delivery>();
      return {
        dequeue: async (request) => {
          const deliveries = await transport.dequeue(request);
          for (const delivery of deliveries) done.set(delivery.receipt, delivery);
          return deliveries;
        },
        nack: async (receipt, options) => {
          const job = done.get(receipt)?.body as never;
          if (job) await transport.enqueue([{ job, notBefore: time.now(), priority: 0 }]);
          await transport.nack(receipt, options);
        },
      };
    },
  },
];

const changed = (
  deliveries: readonly Delivery[],
  change: (delivery: Delivery) => unknown,
): readonly Delivery[] => deliveries.map((delivery) => ({ ...delivery, body: change(delivery) }));

/** Knows a delivery by its job and not by its receipt, in one verb. */
function byJob(transport: JobTransport, verb: "ack" | "nack" | "extend"): Partial<JobTransport> {
  const jobs = new Map<string, string>();
  const newest = new Map<string, string>();
  const current = (receipt: string): string => newest.get(jobs.get(receipt) ?? "") ?? receipt;
  const broken: Pick<JobTransport, "ack" | "nack" | "extend"> = {
    ack: (receipts) => transport.ack(receipts.map(current)),
    nack: (receipt, options) => transport.nack(current(receipt), options),
    extend: (receipt, ms) => transport.extend(current(receipt), ms),
  };
  return {
    [verb]: broken[verb],
    dequeue: async (request) => {
      const deliveries = await transport.dequeue(request);
      for (const { body, receipt } of deliveries) {
        const { jobId } = body as { jobId: string };
        jobs.set(receipt, jobId);
        newest.set(jobId, receipt);
      }
      return deliveries;
    },
  };
}
