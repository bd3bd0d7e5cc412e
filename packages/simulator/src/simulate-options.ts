import {
  type AnyWorkflow,
  checkOptions,
  EngineError,
  type OptionKinds,
  type RunView,
  shown,
} from "@pawl/kernel";
import { FAULT_KINDS } from "./faults/draw-faults.ts";
import type { FaultKind } from "./faults/fault.ts";
import type { Tampering } from "./process/process-parts.ts";
import type { Adapter } from "./seed/scenario.ts";

/** A run that every seed starts. */
export interface SimulatedStart {
  readonly workflowId: string;
  readonly input?: unknown;
  /** Milliseconds after the beginning. Default: drawn, so that faults meet it anywhere. */
  readonly at?: number;
  readonly idempotencyKey?: string;
}

export interface SimulateOptions {
  readonly workflows: readonly AnyWorkflow[];
  readonly start: readonly SimulatedStart[];
  /** So many from 1, or these. */
  readonly seeds: number | readonly number[];
  /** What may go wrong. Default: everything; an empty list for sound weather. */
  readonly faults?: readonly FaultKind[];
  /**
   * Says what is wrong with how a run came out. Default: its outcome must be one that it has
   * without faults.
   */
  readonly judge?: (run: RunView) => string | undefined;
  /** Default "memory". */
  readonly adapter?: Adapter;
  readonly tampering?: Tampering;
}

const OPTIONS: OptionKinds<SimulateOptions> = {
  workflows: "list",
  start: "list",
  seeds: "any",
  faults: "list?",
  judge: "function?",
  adapter: ["memory", "sqlite"],
  tampering: "object?",
};

const START: OptionKinds<SimulatedStart> = {
  workflowId: "text",
  input: "any?",
  at: "number?",
  idempotencyKey: "text?",
};

/**
 * Checks that there is something to simulate, and that all of it is known.
 *
 * @throws EngineError E_ARGUMENT_INVALID, naming the option
 */
export function checkSimulateOptions(options: SimulateOptions): void {
  checkOptions("simulate", options, OPTIONS);
  checkStarts(options);
  checkSeeds(options.seeds);
  for (const [i, kind] of (options.faults ?? []).entries()) {
    if (FAULT_KINDS.includes(kind)) continue;
    throw invalid(`faults[${i}]`, kind, `one of ${FAULT_KINDS.join(", ")}, of FAULT_KINDS`);
  }
}

function checkStarts({ start, workflows }: SimulateOptions): void {
  if (start.length === 0) throw invalid("start", start, "at least one run to start");
  const known = workflows.map(({ id }) => id);
  for (const [i, one] of start.entries()) {
    checkOptions(`start[${i}]`, one, START);
    if (known.includes(one.workflowId)) continue;
    const names = known.map(shown).join(", ") || "none";
    const says = `start[${i}] names ${shown(one.workflowId)}, but "workflows" has ${names}.`;
    throw new EngineError("E_ARGUMENT_INVALID", says, { details: { option: "start" } });
  }
}

function checkSeeds(seeds: SimulateOptions["seeds"]): void {
  if (!Array.isArray(seeds)) checkWhole("seeds", seeds);
  else if (seeds.length === 0) throw invalid("seeds", seeds, "at least one seed");
  else for (const [i, seed] of seeds.entries()) checkWhole(`seeds[${i}]`, seed);
}

function checkWhole(option: string, value: unknown): void {
  if (Number.isSafeInteger(value) && (value as number) >= 1) return;
  throw invalid(option, value, "a whole number of at least 1");
}

const invalid = (option: string, value: unknown, wanted: string): EngineError =>
  new EngineError("E_ARGUMENT_INVALID", `${option} is ${shown(value)}; give ${wanted}.`, {
    details: { option },
  });
