import type { WorkflowRegistry } from "../define/registry.ts";
import type { Limits } from "../limits.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import type { Clock } from "../ports/clock.ts";
import type { PayloadCodec } from "../ports/codec.ts";
import type { EventSink } from "../ports/event-sink.ts";
import type { IdSource } from "../ports/id-source.ts";
import type { JobTransport } from "../ports/job-transport.ts";
import type { Logger } from "../ports/logger.ts";
import type { Persistence } from "../ports/persistence.ts";
import type { Runtime } from "../ports/runtime.ts";
import type { Committer } from "./commit.ts";
import type { DamagedRuns } from "./damaged-runs.ts";
import type { DeliveryRefusals } from "./delivery-refusals.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { FruitlessItems } from "./fruitless-items.ts";
import type { Intervals } from "./intervals.ts";
import type { LiveSessions } from "./live-sessions.ts";
import type { Pokes } from "./pokes.ts";
import type { StartSlots } from "./start-slots.ts";

/** Everything that commands stand on. */
export interface Engine {
  readonly namespace: string;
  readonly persistence: Persistence;
  readonly blobStore: BlobStore;
  readonly jobTransport: JobTransport;
  readonly eventSink: EventSink | undefined;
  readonly codec: PayloadCodec | undefined;
  readonly clock: Clock;
  readonly runtime: Runtime;
  readonly ids: IdSource;
  readonly registry: WorkflowRegistry;
  readonly logger: Logger;
  readonly limits: Limits;
  readonly commits: Committer;
  readonly dispatcher: Dispatcher;
  readonly sessions: LiveSessions;
  readonly pokes: Pokes;
  readonly startSlots: StartSlots;
  /** Set once this process has stored the structures of its workflows. */
  definitionsStored: Promise<void> | undefined;
  readonly deliveryRefusals: DeliveryRefusals;
  readonly damagedRuns: DamagedRuns;
  readonly fruitless: FruitlessItems;
  /** Which messages of strangers are told of, and which only counted. */
  readonly strayMessages: Intervals;
  /** Which outages of stores that stages wait for are told of. */
  readonly outages: Intervals;
}
