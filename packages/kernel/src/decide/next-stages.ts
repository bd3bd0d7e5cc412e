import type { Graph, StageNode } from "../define/graph.ts";
import type { SessionRef, StageKey } from "../state/ids.ts";
import type { Write } from "../state/plan.ts";
import type { RunFacts, RunOutcome } from "../state/run.ts";
import type { StageFacts } from "../state/stage.ts";
import { fromDbNow } from "../state/time.ts";
import { updateStage } from "./draft.ts";
import { readyStages, type StatusOf, standing } from "./readiness.ts";
import { insertStage, startDeadlineOf } from "./stage-rows.ts";

export interface Advance {
  readonly run: RunFacts;
  readonly graph: Graph;
  /** Rows that are not superseded; a stage without one has not been reached. */
  readonly stages: readonly StageFacts[];
  /** Statuses as this commit leaves them. */
  readonly statusOf: StatusOf;
  /** Stages whose condition answered false. */
  readonly refused: ReadonlySet<string>;
  /** The stage that ends; absent when the run is driven from its rows alone. */
  readonly ended?: string;
  /** Runs the one stage that becomes ready, where it may. */
  readonly sticky?: SessionRef | undefined;
  readonly ageingMs: number;
}

export interface Advanced {
  readonly writes: readonly Write[];
  readonly opens: readonly string[];
  readonly skips: readonly string[];
  /** Set when every sink is resolved. */
  readonly outcome?: Extract<RunOutcome, "completed" | "failed">;
  /** The stage that was started for the sticky session. */
  readonly started?: string;
}

/** What becomes of the graph once these statuses hold: stages to open, to skip, or the end. */
export function advance(input: Advance): Advanced {
  const { graph, statusOf } = input;
  const { ready, skipped } = readyStages(input);
  const after: StatusOf = (id) => (skipped.includes(id) ? "skipped" : statusOf(id));
  const outcome = outcomeOf(graph, after);
  if (outcome)
    return { writes: skipped.map((id) => skip(input, id)), opens: [], skips: skipped, outcome };
  const sticky = ready.length === 1 && input.run.status === "running" ? input.sticky : undefined;
  return {
    writes: [
      ...skipped.map((id) => skip(input, id)),
      ...ready.map((id) => open(input, id, sticky)),
      ...recount(input, (id) => (ready.includes(id) ? "ready" : after(id))),
    ],
    opens: ready,
    skips: skipped,
    ...(sticky && !rowOf(input, ready[0]) ? { started: ready[0] as string } : {}),
  };
}

/** Completed when a sink is ok or none failed; failed when all ended and none is ok. */
function outcomeOf(graph: Graph, statusOf: StatusOf): Advanced["outcome"] {
  const standings = graph.sinks.map((id) => standing(graph, id, statusOf));
  if (standings.includes("open")) return undefined;
  if (standings.includes("ok")) return "completed";
  const failed = [...graph.nodes.keys()].some((id) => statusOf(id) === "failed");
  return failed ? "failed" : "completed";
}

/** Counters of joins and sinks that others count down without reading, set to what holds now. */
function recount({ run, graph, stages }: Advance, statusOf: StatusOf): Write[] {
  const isOpen = (id: string) => standing(graph, id, statusOf) === "open";
  const joins = stages.filter(
    (row) => row.status === "blocked" && statusOf(row.stageId) === "blocked",
  );
  const sinksPending = graph.sinks.filter(isOpen).length;
  return [
    ...joins.flatMap((row): Write[] => {
      const joinPending = graph.nodes.get(row.stageId)?.after.filter(isOpen).length ?? 0;
      return joinPending === row.joinPending ? [] : [updateStage(keyOf(row), { joinPending })];
    }),
    ...(sinksPending === run.sinksPending
      ? []
      : [{ op: "update", table: "runs", key: { id: run.id }, set: { sinksPending } } as const]),
  ];
}

const rowOf = ({ stages }: Advance, id: string | undefined): StageFacts | undefined =>
  stages.find((stage) => stage.stageId === id && stage.mapIndex === 0);

const nodeOf = ({ graph }: Advance, id: string): StageNode => graph.nodes.get(id) as StageNode;

const keyOf = (row: StageFacts): StageKey => ({
  runId: row.runId,
  stageId: row.stageId,
  mapIndex: row.mapIndex,
  generation: row.generation,
});

function open(input: Advance, id: string, sticky: SessionRef | undefined): Write {
  const row = rowOf(input, id);
  const { run, ageingMs } = input;
  const node = nodeOf(input, id);
  const held = run.status === "paused";
  if (!row) {
    return sticky
      ? insertStage({ run, node, status: "running", ageingMs, owner: sticky })
      : insertStage({ run, node, status: "ready", ageingMs, held });
  }
  return updateStage(keyOf(row), {
    status: "ready",
    joinPending: 0,
    availableAt: fromDbNow(),
    claimRank: fromDbNow(-row.priority * ageingMs),
    startDeadline: startDeadlineOf(node, "ready"),
  });
}

function skip(input: Advance, id: string): Write {
  const row = rowOf(input, id);
  const { run, ageingMs } = input;
  const reason = input.refused.has(id) ? "condition" : "upstream";
  return row
    ? updateStage(keyOf(row), {
        status: "skipped",
        skipReason: reason,
        joinPending: 0,
        held: false,
        holdReason: null,
        endedAt: fromDbNow(),
      })
    : insertStage({
        run,
        node: nodeOf(input, id),
        status: "skipped",
        ageingMs,
        skipReason: reason,
      });
}
