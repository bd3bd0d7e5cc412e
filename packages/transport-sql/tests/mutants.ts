import { EngineError } from "@pawl/kernel";
import type { JobTransport } from "@pawl/kernel/ports";

export interface TransportMutant {
  readonly name: string;
  /** Clause whose cases must fail. */
  readonly clause: string;
  readonly mutate: (transport: JobTransport) => Partial<JobTransport>;
}

/** Colocated transports that are wrong in one way each. */
export const MUTANTS: readonly TransportMutant[] = [
  {
    name: "does not say that it is colocated",
    clause: "TRANSPORT-7",
    mutate: ({ capabilities }) => ({ capabilities: { ...capabilities, colocated: false } }),
  },
  {
    name: "says that it pushes",
    clause: "TRANSPORT-7",
    mutate: ({ capabilities }) => ({ capabilities: { ...capabilities, delivery: "push" } }),
  },
  {
    name: "swallows what is sent",
    clause: "TRANSPORT-7",
    mutate: () => ({ enqueue: async () => {} }),
  },
  {
    name: "refuses jobs but takes an empty batch",
    clause: "TRANSPORT-7",
    mutate: ({ enqueue }) => ({
      enqueue: async (jobs) => {
        if (jobs.length > 0) await enqueue(jobs);
      },
    }),
  },
  {
    name: "answers consumers with nothing for ever",
    clause: "TRANSPORT-7",
    mutate: () => ({ dequeue: async () => [] }),
  },
  {
    name: "refuses with a bare error",
    clause: "TRANSPORT-7",
    mutate: () => ({
      dequeue: async () => {
        throw new Error("hosts claim");
      },
    }),
  },
  {
    name: "does not say what to do instead",
    clause: "TRANSPORT-7",
    mutate: () => ({
      enqueue: async () => {
        throw new EngineError("E_UNSUPPORTED", "enqueue is not supported");
      },
    }),
  },
  {
    name: "complains of unknown receipts",
    clause: "TRANSPORT-6",
    mutate: () => ({
      ack: async (receipts) => {
        throw new EngineError("E_ROW_UNKNOWN", `No receipts ${receipts.join()}`);
      },
    }),
  },
];
