import { checkOptions, type OptionKinds, shown } from "../define/check-options.ts";
import type { WorkflowRegistry } from "../define/registry.ts";
import { EngineError } from "../errors/engine-error.ts";
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
import { checkLimits } from "./check-limits.ts";
import { Committer } from "./commit.ts";
import { DamagedRuns } from "./damaged-runs.ts";
import { DeliveryRefusals } from "./delivery-refusals.ts";
import type { Engine } from "./engine.ts";
import { FruitlessItems } from "./fruitless-items.ts";
import { Intervals } from "./intervals.ts";
import { Pokes } from "./pokes.ts";
import { StartSlots } from "./start-slots.ts";

/** What a kernel is made of. */
export interface KernelParts {
  readonly persistence: Persistence;
  readonly blobStore: BlobStore;
  readonly jobTransport: JobTransport;
  readonly registry: WorkflowRegistry;
  readonly clock: Clock;
  readonly runtime: Runtime;
  readonly ids: IdSource;
  /** Events are kept for delivery only where there is one. */
  readonly eventSink?: EventSink;
  /** Wraps the bytes of every payload, for example an encryption. */
  readonly codec?: PayloadCodec;
  /** Default: silent. */
  readonly logger?: Logger;
  readonly limits?: Partial<Limits>;
  /** Default "default". Runs of another namespace are unknown here. */
  readonly namespace?: string;
  /** Accepts a persistence that can't commit a plan as a whole. */
  readonly unsafe?: boolean;
}

/** Of what may come again and again. */
const TOLD_EVERY_MS = 60_000;

const PARTS: OptionKinds<KernelParts> = {
  persistence: "object",
  blobStore: "object",
  jobTransport: "object",
  registry: "object",
  clock: "object",
  runtime: "object",
  ids: "object",
  eventSink: "object?",
  codec: "object?",
  logger: "object?",
  limits: "object?",
  namespace: "text?",
  unsafe: "truth?",
};

/**
 * @throws EngineError E_ARGUMENT_INVALID, E_PERSISTENCE_UNSAFE, E_CONFIG_INVALID for a limit
 */
export function createEngine(parts: KernelParts): Engine {
  checkOptions("createKernel", parts, PARTS);
  const limits = checkLimits(parts.limits);
  if (!parts.persistence.capabilities.atomic && parts.unsafe !== true) {
    throw new EngineError(
      "E_PERSISTENCE_UNSAFE",
      "This persistence can't commit a plan as a whole, so a crash could leave half of it. Use " +
        "another, or pass unsafe: true if losing work is acceptable.",
    );
  }
  const { persistence, runtime, ids, jobTransport } = parts;
  const { commitLanes } = persistence.capabilities;
  if (!Number.isInteger(commitLanes) || commitLanes < 1) {
    throw new EngineError(
      "E_ARGUMENT_INVALID",
      `The capability commitLanes of this persistence is ${shown(commitLanes)}: it must say how ` +
        "many batches of commits may be under way at once, a whole number from 1.",
    );
  }
  const logger = parts.logger ?? { log: () => {} };
  const { clock } = parts;
  const outlet = { jobTransport, logger, clock };
  const commits = new Committer({ persistence, runtime, ids, limits, ...outlet });
  return {
    namespace: parts.namespace ?? "default",
    persistence,
    runtime,
    ids,
    limits,
    blobStore: parts.blobStore,
    jobTransport,
    dispatcher: commits.dispatcher,
    logger,
    registry: parts.registry,
    clock,
    eventSink: parts.eventSink,
    codec: parts.codec,
    commits,
    sessions: new Map(),
    pokes: new Pokes(),
    startSlots: new StartSlots(),
    definitionsStored: undefined,
    deliveryRefusals: new DeliveryRefusals(),
    damagedRuns: new DamagedRuns(),
    fruitless: new FruitlessItems(),
    strayMessages: new Intervals(TOLD_EVERY_MS),
    outages: new Intervals(TOLD_EVERY_MS),
  };
}
