import { stageAttempt } from "../decide/fail-attempt.ts";
import { decideRecordStep } from "../decide/record-step.ts";
import type { StageNode } from "../define/graph.ts";
import type { AnyWorkflow } from "../define/workflow.ts";
import type { Engine } from "../engine/engine.ts";
import type { LiveExecution, LiveSession, StopReason } from "../engine/live-sessions.ts";
import { EngineError } from "../errors/engine-error.ts";
import type { AbortHandle } from "../ports/runtime.ts";
import type { Failure } from "../state/failure.ts";
import { operationText, type StageKey, stageKeyOf, stageKeyText } from "../state/ids.ts";
import {
  type CommitPlan,
  type CommitResult,
  type Guard,
  OWNERSHIP_LOST,
  type Refusal,
  type Write,
} from "../state/plan.ts";
import type { ClaimedStage } from "../state/snapshot.ts";
import type { StageFacts } from "../state/stage.ts";
import type { AttemptRow } from "../state/step.ts";
import type { EpochMs } from "../state/time.ts";
import type { WaitRow } from "../state/wait.ts";
import { bearOutage } from "./bear-outage.ts";
import { Chance } from "./chance.ts";
import type { OpenWait } from "./open-wait.ts";
import type { Answer, Operation } from "./operation.ts";
import { Pulse } from "./pulse.ts";
import { Riders } from "./riders.ts";
import { Settlements } from "./settlements.ts";

/** What one execution of a stage knows; the functions beside it act on it. */
export class Execution implements LiveExecution {
  readonly engine: Engine;
  readonly claimed: ClaimedStage;
  readonly workflow: AnyWorkflow;
  readonly node: StageNode;
  readonly session: LiveSession;
  readonly key: StageKey;
  readonly fence: number;
  readonly chance: Chance;
  readonly pulse: Pulse = new Pulse();
  /** Durable calls that the body waits for. */
  readonly operations: Map<string, Operation> = new Map();
  readonly occurrences: Map<string, number> = new Map();
  readonly waits: Map<string, OpenWait> = new Map();
  /** Rows of waits without an outcome, whether the body has asked for them again or not. */
  readonly openRows: Map<string, WaitRow>;
  readonly markers: Set<string> = new Set();
  /** Failed attempts in this stage attempt of steps without a record. */
  readonly stepAttempts: AttemptRow[];
  readonly riders: Riders;
  readonly settlements: Settlements;
  readonly abort: AbortHandle;
  readonly stepAborts: Set<AbortHandle> = new Set();
  /** Durable calls so far. */
  calls = 0;
  /** Step bodies and commits under way. */
  inFlight = 0;
  /** Every record has been settled: calls without one may begin. */
  live = false;
  /** What the body does now it has not done before: its logs and progress are news. */
  fresh = false;
  /** Why the stage is given back: something that it needs is out of reach for now. */
  interrupted: unknown;
  /** What ends the attempt beside the body: a time limit, or a record that was refused. */
  fault: unknown;
  /** Writes of artifacts, one after the other. */
  puts: Promise<unknown> = Promise.resolve();
  /** The body has returned or thrown. */
  bodyEnded = false;
  /** The body was left while it waited, to be replayed when its wait is over. */
  parked = false;
  /** Artifacts that are being read or put. */
  artifacts = 0;
  /** The body's handle is shut: later calls run nothing and never settle. */
  closed = false;
  held = false;
  logLines = 0;
  stopped: StopReason | undefined;
  inbox: number;
  /** Instant of the last settled operation. */
  instant: EpochMs;
  readonly #settledHooks = new Map<Operation, () => void>();
  readonly #closedHooks = new Set<() => void>();
  readonly #closed: Promise<void>;
  #shut: () => void = () => {};
  #bodiesEntered = 0;
  #committing = 0;
  readonly #dbNow: EpochMs;
  readonly #readAt: number;

  constructor(parts: Pick<Execution, "engine" | "claimed" | "workflow" | "node" | "session">) {
    this.engine = parts.engine;
    this.claimed = parts.claimed;
    this.workflow = parts.workflow;
    this.node = parts.node;
    this.session = parts.session;
    const { stage, run, lastSeq, dbNow } = parts.claimed;
    this.key = stageKeyOf(stage);
    this.fence = stage.fence;
    this.inbox = run.inbox;
    this.openRows = new Map(parts.claimed.openWaits.map((row) => [operationText(row), row]));
    this.stepAttempts = [...parts.claimed.stepAttempts];
    this.chance = new Chance(`${run.seed}/${stageKeyText(this.key)}`);
    this.riders = new Riders(() => this.calls);
    this.settlements = new Settlements(this.pulse, lastSeq);
    this.abort = this.engine.runtime.newAbort();
    this.instant = stage.startedAt ?? dbNow;
    this.#closed = new Promise((resolve) => {
      this.#shut = resolve;
    });
    this.#dbNow = dbNow;
    this.#readAt = parts.claimed.readAt ?? this.engine.clock.monotonic();
  }

  /** Database time now, from the claim's and what has passed since: a wrong clock is no harm. */
  dbTime(): EpochMs {
    return Math.floor(this.#dbNow + this.engine.clock.monotonic() - this.#readAt);
  }

  stop(reason: StopReason): void {
    if (this.stopped) return;
    this.stopped = reason;
    this.close();
    this.signalAbort(new Error(`the execution was stopped: ${reason}`));
    this.pulse.beat();
  }

  /** Ends this execution and gives the stage back, to be tried again a little later. */
  interrupt(error: unknown): void {
    if (this.interrupted !== undefined) return;
    this.interrupted = error;
    this.close();
    this.signalAbort(error);
    this.pulse.beat();
  }

  /** Ends the attempt as failed; nothing further begins. */
  fail(error: unknown): void {
    this.fault ??= error;
    this.pulse.beat();
  }

  hold(): void {
    this.held = true;
    this.pulse.beat();
  }

  /** Shuts the handle: later calls of the body run nothing. */
  close(): void {
    this.closed = true;
    this.#shut();
    for (const hook of this.#closedHooks) hook();
    this.#closedHooks.clear();
  }

  /** Asks user code to stop: the stage's signal and those of step bodies in flight. */
  signalAbort(reason: unknown): void {
    this.abort.abort(reason);
    for (const abort of this.stepAborts) abort.abort(reason);
  }

  /** Settles when the handle is shut; it lives long, so whoever waits often uses `onClosed`. */
  whenClosed(): Promise<void> {
    return this.#closed;
  }

  /** Calls `hook` when the handle is shut, unless it is called off by the answered function. */
  onClosed(hook: () => void): () => void {
    if (this.closed) hook();
    else this.#closedHooks.add(hook);
    return () => this.#closedHooks.delete(hook);
  }

  /** Runs `hook` when the body has seen the operation settle. */
  onSettled(operation: Operation, hook: () => void): void {
    this.#settledHooks.set(operation, hook);
  }

  /** Lets the body see the next stored answer; false when none is due. */
  settleNext(): boolean {
    const settled = this.settlements.next();
    if (!settled) return false;
    const { operation, answer, at } = settled;
    this.#settledHooks.get(operation)?.();
    this.#settledHooks.delete(operation);
    this.settle(operation, { answer, at });
    return true;
  }

  /** The body sees an answer, and that it was settled at `at`. */
  settle(operation: Operation, { answer, at }: { answer: Answer; at: EpochMs }): void {
    this.instant = Math.max(this.instant, at);
    this.operations.delete(operationText(operation.id));
    this.riders.settled();
    operation.settle(answer);
  }

  /** Runs a step's body marked as such. */
  insideBody<T>(body: () => T): T {
    const { scope } = this.engine.runtime;
    const marked = () => {
      this.#bodiesEntered += 1;
      try {
        return body();
      } finally {
        this.#bodiesEntered -= 1;
      }
    };
    return scope ? scope.run(this, marked) : marked();
  }

  /** True when called from a step's body: its synchronous part, or all of it where known. */
  isInsideBody(): boolean {
    return this.#bodiesEntered > 0 || this.engine.runtime.scope?.current() === this;
  }

  /** Past its own deadline a fence must not be used, whatever the database would say. */
  ownsFence(): boolean {
    if (this.stopped) return false;
    if (this.engine.clock.monotonic() <= this.session.deadline) return true;
    this.stop("expired");
    return false;
  }

  /**
   * A fenced commit on the work plane, insisted on while the fence is ours: what user code did
   * must not be done again because a store blinked. False when this execution is over.
   *
   * @throws EngineError E_CONFLICT when the store refuses it for another reason than ownership
   */
  async record(writes: readonly Write[], guards: readonly Guard[]): Promise<boolean> {
    const { key: stage, fence } = this;
    const commitId = this.engine.ids.newId();
    const plan = decideRecordStep({ commitId, stage, fence, writes, guards });
    const result = await this.insistOn(plan);
    if (!result) return false;
    this.heed(result);
    if (!result.ok && !this.stopped) throw refused(result.why);
    return !this.stopped;
  }

  /** What an answer says of the stage itself: it is another's, or held. */
  heed(result: CommitResult): void {
    if (!result.ok && OWNERSHIP_LOST.includes(result.why)) this.stop("lost");
    if (result.ok && result.held) this.hold();
  }

  /**
   * Commits; a store out of reach, or a row that another holds, costs time only. Undefined once
   * the fence is not ours. `stages` are those that the plan was decided on.
   */
  async insistOn(
    plan: CommitPlan,
    stages: readonly StageFacts[] = [this.claimed.stage],
  ): Promise<CommitResult | undefined> {
    this.#committing += 1;
    try {
      return await this.engine.commits.commitOwned(plan, () => this.ownsFence(), stages);
    } finally {
      this.#committing -= 1;
      this.pulse.beat();
    }
  }

  /** Waits for the answers of commits under way, and for what they are answered to. */
  async committed(): Promise<void> {
    while (this.#committing > 0) {
      await this.pulse.next();
      await this.engine.runtime.turn();
    }
  }

  /** Tries again what a store out of reach prevented; undefined once the fence is not ours. */
  async insist<T>(work: () => Promise<T>): Promise<T | undefined> {
    const { runtime, limits } = this.engine;
    while (this.ownsFence()) {
      try {
        return await work();
      } catch (error) {
        bearOutage(this.engine, this.key, error);
        await runtime.after(limits.outOfReachRetryMs);
      }
    }
    return undefined;
  }

  /** History of this attempt of the stage, ended for good. */
  attemptWrite(failure: Failure): Write {
    return {
      op: "insert",
      table: "attempts",
      row: stageAttempt({
        commitId: "",
        stage: this.claimed.stage,
        failure,
        outcome: failure.code === "E_STAGE_TIMEOUT" ? "timedOut" : "failed",
        startedAt: this.claimed.dbNow,
        endedAt: this.dbTime(),
      }),
    };
  }
}

const refused = (why: Refusal): EngineError =>
  new EngineError("E_CONFLICT", `What the stage did could not be recorded: ${why}.`, {
    details: { why },
  });
