import { createMemoryBlobStore } from "@pawl/blob-memory";
import type { BlobStore, EventSink, JobTransport } from "@pawl/kernel/ports";
import { createMemoryTransport } from "@pawl/transport-memory";
import { createSqlTransport } from "@pawl/transport-sql";
import type { Schedule } from "../world/schedule.ts";

/** The world around it. */
interface Around {
  readonly schedule: Schedule;
  complain(check: string, message: string): void;
}

/** Where blobs, events and jobs go: outside of every process, and sound. */
export class Outlets {
  readonly blobStore: BlobStore;
  readonly jobTransport: JobTransport;
  readonly eventSink: EventSink;
  readonly #world: Around;
  /** Rev of the last event that the sink took, by run. */
  readonly #delivered = new Map<string, number>();

  constructor(world: Around, byQueue: boolean) {
    this.#world = world;
    this.blobStore = createMemoryBlobStore({ clock: { now: () => world.schedule.now } });
    this.jobTransport = byQueue
      ? createMemoryTransport({
          clock: { now: () => world.schedule.now },
          runtime: { after: () => new Promise(() => {}) },
          visibilityMs: 5_000,
        })
      : createSqlTransport();
    this.eventSink = {
      emit: async (deliveries) => {
        for (const { event } of deliveries) this.#take(event.runId, event.rev);
      },
    };
  }

  deliveredRev(runId: string): number {
    return this.#delivered.get(runId) ?? 0;
  }

  /** Events come at least once, in order: again, but never past one that did not come. */
  #take(runId: string, rev: number): void {
    const last = this.deliveredRev(runId);
    if (rev > last + 1) {
      this.#world.complain("sink", `rev ${rev} of run ${runId} came after ${last}`);
    }
    this.#delivered.set(runId, Math.max(last, rev));
  }
}
