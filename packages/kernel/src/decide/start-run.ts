import type { Graph } from "../define/graph.ts";
import type { Snapshot } from "../state/snapshot.ts";
import { type Decision, draft, newEvent, SETTLED } from "./draft.ts";
import { openRoots } from "./open-roots.ts";

export interface StartRun {
  readonly commitId: string;
  readonly graph: Graph;
  readonly ageingMs: number;
}

/** Starts a pending run whose time has come. */
export function decideStartRun({ run, dbNow }: Snapshot, start: StartRun): Decision {
  if (run.status !== "pending" || run.startAt === null || run.startAt > dbNow) return SETTLED;
  const opening = openRoots(run, start.graph, start.ageingMs);
  return draft({
    commitId: start.commitId,
    guards: [{ kind: "rev", runId: run.id, rev: run.rev }],
    writes: [
      { op: "update", table: "runs", key: { id: run.id }, set: { status: "running" } },
      ...opening.writes,
    ],
    events: [newEvent({ runId: run.id, type: "run.started", data: { opens: opening.opens } })],
  });
}
