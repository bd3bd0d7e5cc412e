import { EngineError } from "@pawl/kernel";
import type { DispatchRow, JobTransport, OutgoingJob } from "@pawl/kernel/ports";
import { createMemoryTransport } from "@pawl/transport-memory";
import type { Harness, HarnessOptions } from "../support/harness.ts";
import type { Fleet } from "./fleet.ts";

/** A transport that delivers, as tests see and disturb it. */
export class Broker {
  /** Calls of `enqueue` that were taken. */
  readonly sent: (readonly OutgoingJob[])[] = [];
  refuses: (jobs: readonly OutgoingJob[]) => Error | undefined = () => undefined;
  /** Calls of `enqueue`, taken or not. */
  calls = 0;
  readonly transport: JobTransport;

  constructor(fleet: Fleet, capabilities: Partial<JobTransport["capabilities"]> = {}) {
    const { clock, runtime } = fleet.world;
    const inner = createMemoryTransport({ clock, runtime });
    this.transport = {
      ...inner,
      capabilities: { ...inner.capabilities, ...capabilities },
      enqueue: async (jobs) => {
        this.calls += 1;
        const error = this.refuses(jobs);
        if (error) throw error;
        this.sent.push(jobs);
        await inner.enqueue(jobs);
      },
    };
  }

  get jobs(): readonly OutgoingJob[] {
    return this.sent.flat();
  }

  goDown(): void {
    this.refuses = () => new EngineError("E_TRANSPORT_UNAVAILABLE", "the broker is down");
  }

  comeBack(): void {
    this.refuses = () => undefined;
  }
}

export interface Dispatching {
  readonly h: Harness;
  readonly broker: Broker;
  readonly fleet: Fleet;
  rows(): readonly DispatchRow[];
}

/** A process on a transport that delivers. */
export function dispatching(
  fleet: Fleet,
  {
    capabilities,
    ...options
  }: HarnessOptions & { readonly capabilities?: Partial<JobTransport["capabilities"]> } = {},
): Dispatching {
  const broker = new Broker(fleet, capabilities);
  const h = fleet.process({ jobTransport: broker.transport, ...options });
  return { h, broker, fleet, rows: () => h.persistence.dump().dispatch };
}
