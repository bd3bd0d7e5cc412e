import { EngineError, PersistenceUnavailableError } from "@pawl/kernel";
import { type CommitPlan, stageKeyText } from "@pawl/kernel/ports";
import type { Fate, PortCall } from "../process/port-call.ts";
import { begunStages } from "./begun-stages.ts";
import type { Fault, FaultKind, FaultOf } from "./fault.ts";

/** Who makes a call. */
export interface Caller {
  /** Number of its process; undefined for clients, which only meet what befalls the database. */
  readonly process: number | undefined;
  /** Calls that this life of the process made, with this one. */
  readonly calls: number;
}

/** Numbers of calls so far, by sort. */
interface Counts {
  writes: number;
  starts: number;
  ends: number;
  blobs: number;
  sinks: number;
}

type Cutting = FaultOf<"cut">;

/** The faults of a simulation: what each call meets, and how often each fault struck. */
export class Weather {
  readonly faults: readonly Fault[];
  /** By the fault's place in the list. */
  readonly hits: number[];
  readonly #counts: Counts = { writes: 0, starts: 0, ends: 0, blobs: 0, sinks: 0 };
  readonly #spent = new Set<Fault>();
  /** Stages that kill, and how often they will yet. */
  readonly #poisoned = new Map<Fault, { readonly stage: string; left: number }>();
  #claims = 0;
  readonly #now: () => number;
  #healed = false;

  /** `now` answers the milliseconds since the simulation began. */
  constructor(faults: readonly Fault[], now: () => number) {
    this.faults = faults;
    this.hits = faults.map(() => 0);
    this.#now = now;
  }

  get healed(): boolean {
    return this.#healed;
  }

  /** Nothing strikes any more. */
  heal(): void {
    this.#healed = true;
  }

  of<K extends FaultKind>(kind: K): readonly FaultOf<K>[] {
    return this.faults.filter((fault): fault is FaultOf<K> => fault.kind === kind);
  }

  /** Notes that a fault struck. */
  struck(fault: Fault): void {
    const at = this.faults.indexOf(fault);
    this.hits[at] = (this.hits[at] ?? 0) + 1;
  }

  /** What becomes of a call; the first fault that wants it has it. */
  fateOf(caller: Caller, call: PortCall): Fate {
    if (this.#healed || this.faults.length === 0) return {};
    this.#count(call);
    for (const fault of this.faults) {
      const fate = this.#meets(fault, caller, call);
      if (!fate) continue;
      this.struck(fault);
      return fate;
    }
    return {};
  }

  /** The fault that kills who began stages by this call. It is in them, so nothing heals it. */
  killerOf(call: PortCall, answer: unknown): FaultOf<"poison"> | undefined {
    const stages = begunStages(call, answer).map(stageKeyText);
    const [first] = stages;
    if (first === undefined) return undefined;
    this.#claims += 1;
    return this.of("poison").find((fault) => {
      if (!this.#healed && !this.#poisoned.has(fault) && this.#claims >= fault.claim) {
        this.#poisoned.set(fault, { stage: first, left: fault.times });
      }
      const poisoned = this.#poisoned.get(fault);
      if (!poisoned || poisoned.left === 0 || !stages.includes(poisoned.stage)) return false;
      poisoned.left -= 1;
      this.struck(fault);
      return true;
    });
  }

  #count({ port, writes, plans }: PortCall): void {
    if (plans.some(startsRun)) this.#counts.starts += 1;
    if (plans.some(endsStage)) this.#counts.ends += 1;
    if (port === "database" && writes) this.#counts.writes += 1;
    if (port === "blob") this.#counts.blobs += 1;
    if (port === "sink") this.#counts.sinks += 1;
  }

  #meets(fault: Fault, caller: Caller, call: PortCall): Fate | undefined {
    const { port, method, writes } = call;
    const isDatabase = port === "database";
    switch (fault.kind) {
      case "crash":
        return caller.process === fault.process && this.#isDue(fault, caller.calls)
          ? { crash: fault.side }
          : undefined;
      case "cut":
        return this.#isCut(fault, caller, port)
          ? { error: unreachable(call), delayMs: 50 }
          : undefined;
      case "databaseDown":
        return isDatabase && this.#isNow(fault) ? { error: unreachable(call) } : undefined;
      case "databaseSlow":
        return isDatabase && this.#isNow(fault) ? { delayMs: fault.delayMs } : undefined;
      case "ambiguous": {
        if (!isDatabase || !writes || !IS_OF[fault.of](call)) return undefined;
        if (!isHit(fault, this.#counts[fault.of])) return undefined;
        return { error: unreachable(call), applied: fault.applied };
      }
      case "busy":
      case "stale": {
        const isRefusable = isDatabase && REFUSABLE.has(method);
        if (!isRefusable || !isHit(fault, this.#counts.writes)) return undefined;
        return { refuse: fault.kind };
      }
      case "blobLoss":
        return port === "blob" && isHit(fault, this.#counts.blobs)
          ? { error: unreachable(call), applied: fault.applied }
          : undefined;
      case "sinkFailure":
        return port === "sink" && isHit(fault, this.#counts.sinks)
          ? { error: new Error("the sink failed"), applied: fault.applied }
          : undefined;
      default:
        return undefined;
    }
  }

  /** A process crashes once by each fault, in whichever of its lives makes that many calls. */
  #isDue(fault: FaultOf<"crash">, calls: number): boolean {
    if (calls < fault.call || this.#spent.has(fault)) return false;
    this.#spent.add(fault);
    return true;
  }

  #isCut(fault: Cutting, { process }: Caller, port: PortCall["port"]): boolean {
    return fault.process === process && fault.from === port && this.#isNow(fault);
  }

  #isNow({ at, forMs }: { readonly at: number; readonly forMs: number }): boolean {
    const now = this.#now();
    return now >= at && now < at + forMs;
  }
}

const REFUSABLE: ReadonlySet<string> = new Set([
  "commit",
  "commitMany",
  "claim",
  "takeIntents",
  "takeDispatch",
]);

const startsRun = ({ writes }: CommitPlan): boolean =>
  writes.some((write) => write.op === "insert" && write.table === "runs");

const endsStage = ({ writes }: CommitPlan): boolean =>
  writes.some(
    (write) =>
      write.op === "update" && write.table === "stages" && write.set.status === "completed",
  );

const IS_OF: { readonly [of in FaultOf<"ambiguous">["of"]]: (call: PortCall) => boolean } = {
  writes: () => true,
  starts: ({ plans }) => plans.some(startsRun),
  ends: ({ plans }) => plans.some(endsStage),
};

const isHit = (fault: { readonly call: number; readonly times: number }, count: number): boolean =>
  count >= fault.call && count < fault.call + fault.times;

function unreachable({ port, method }: PortCall): Error {
  const message = `${method} got no answer: the simulation says so.`;
  if (port === "database") return new PersistenceUnavailableError(message);
  if (port === "blob") return new EngineError("E_BLOB_UNAVAILABLE", message);
  return new EngineError("E_TRANSPORT_UNAVAILABLE", message);
}
