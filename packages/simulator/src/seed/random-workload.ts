import type { AnyWorkflow, RunView, StageContext } from "@pawl/kernel";
import type { VirtualProcess } from "../process/virtual-process.ts";
import type { Part, StepBodyFacts } from "../programs/construct.ts";
import { outcomesOfProgram, runText } from "../programs/outcomes-of-program.ts";
import type { Program } from "../programs/program.ts";
import type { Witness } from "../programs/stage-body.ts";
import { workflowOf } from "../programs/workflow-of-program.ts";
import type { PlayedRun, Workload } from "./run-scenario.ts";
import type { SimulatedWorld } from "./simulated-world.ts";

/** The random programs of a scenario. */
export const randomWorkload = (programs: readonly Program[]): Workload => ({
  workflows: (world, process): readonly AnyWorkflow[] => {
    const witness = witnessOf(world, process);
    return programs.map((program) => workflowOf(program, witness));
  },
  judge: (run, played) => {
    const program = programs.find(({ id }) => id === run.workflowId);
    return program ? judge(run, played, program) : "its workflow is unknown";
  },
});

/** What the bodies of one process do is told to the world, outside every store. */
function witnessOf(world: SimulatedWorld, process: VirtualProcess): Witness {
  const { checks, trace } = world;
  return {
    began: (stage) => checks.sightings.begin(stage),
    entered: (ctx: StageContext<unknown, unknown>, { scope, atMostOnce }: StepBodyFacts) => {
      const { idempotencyKey: stage, attempt: stageAttempt } = ctx;
      const { idempotencyKey: key, attempt } = scope;
      const fence = checks.fenceOf(process, stage);
      trace.add(`${process.name} body ${key} ${attempt} @${fence}`);
      checks.entered(process, { stage, key, atMostOnce, attempt, stageAttempt });
    },
    threw: ({ scope }) => checks.bodies.failed(scope.idempotencyKey, process),
    work: (ms) => process.after(ms),
  };
}

function judge(run: RunView, played: PlayedRun, program: Program): string | undefined {
  const { scenario, askedToEnd } = played;
  if (run.status === "cancelled" && askedToEnd) return undefined;
  const faulty = scenario.faults.length > 0 || scenario.conditions.latencyMs > 0;
  if (run.endedAt === null) return judgeHeld(run, program, { faulty, ...played });
  const input = run.input as string;
  const allowed = outcomesOfProgram(program, input, faulty);
  const text = outcomeText(run);
  if (!allowed || allowed.has(text)) return undefined;
  return `it is "${text}"; allowed: ${[...allowed].slice(0, 5).join(" | ")}`;
}

const outcomeText = ({ status, output, failure }: RunView): string =>
  status === "completed" ? `completed ${runText(output)}` : `${status} ${failure?.name ?? ""}`;

/**
 * Only doubt about a step that runs at most once, or loss after loss, may leave a stage held. A
 * time limit leaves doubt without any fault: it ends an attempt while such a body is under way.
 */
function judgeHeld(
  { holds }: RunView,
  program: Program,
  { faulty, losses }: Pick<PlayedRun, "losses"> & { readonly faulty: boolean },
): string | undefined {
  const doubtful = program.stages.some(
    ({ parts, timeoutMs }) => (faulty || timeoutMs !== undefined) && parts.some(runsAtMostOnce),
  );
  const wrong = holds.filter(
    ({ reason, stageId }) =>
      !(reason === "inDoubt" && doubtful) &&
      !(reason === "quarantined" && faulty && (losses[stageId] ?? 0) > 2),
  );
  if (wrong.length === 0 && holds.length > 0) return undefined;
  const why = wrong.map((hold) => `${hold.stageId} ${hold.reason} (${hold.failure?.message})`);
  return `it stands still: ${why.join()}`;
}

function runsAtMostOnce(part: Part): boolean {
  const {
    mode,
    member,
    members = [],
  } = part as Part & {
    readonly mode?: string;
    readonly member?: Part;
    readonly members?: readonly Part[];
  };
  return mode === "atMostOnce" || [...members, ...(member ? [member] : [])].some(runsAtMostOnce);
}
