import { canonicalText } from "./canonical.ts";
import type { EventRow } from "./event.ts";
import { foldEvents, type Ledger, type LedgerEdge, ledgerOf, phaseOf } from "./fold.ts";
import { operationText, type StageKey, stageKeyText } from "./ids.ts";
import { isTerminalRun, RUN_EDGES, type RunRow } from "./run.ts";
import { STAGE_EDGES, type StageStatus } from "./stage.ts";
import type { Rows } from "./tables.ts";

/** Rows of one instant; other tables of a dump are not read. */
export type InvariantDump = {
  readonly [T in
    | "runs"
    | "stages"
    | "events"
    | "steps"
    | "waits"
    | "dispatch"
    | "slots"
    | "definitions"]: readonly Rows[T][];
};

/** An invariant of chapter 2.8 that these rows break. */
export interface Violation {
  readonly invariant: "I1" | "I2" | "I3" | "I5" | "I6" | "I8" | "I9" | "I16";
  readonly runId: string;
  readonly message: string;
}

interface RunRows {
  readonly run: RunRow;
  /** In order of `rev`. */
  readonly events: readonly EventRow[];
  readonly stages: InvariantDump["stages"];
  readonly steps: InvariantDump["steps"];
  readonly waits: InvariantDump["waits"];
  readonly dispatch: InvariantDump["dispatch"];
  readonly slots: InvariantDump["slots"];
  /** Direct dependencies by stage id, as far as the definition is stored. */
  readonly after: ReadonlyMap<string, readonly string[]>;
}

type Check = (rows: RunRows) => readonly string[];

/**
 * Checks what chapter 2.8 says of stored rows, run by run: I1, I2, I3, I5, I6, I8, I9, I16. An
 * empty answer means that all hold. It holds after every commit, not only at rest.
 */
export function checkInvariants(dump: InvariantDump): readonly Violation[] {
  const rows = byRun(dump);
  return [...rows.values()].flatMap((run) =>
    Object.entries(CHECKS).flatMap(([invariant, check]) =>
      check(run).map((message) => ({
        invariant: invariant as Violation["invariant"],
        runId: run.run.id,
        message,
      })),
    ),
  );
}

function byRun(dump: InvariantDump): ReadonlyMap<string, RunRows> {
  const group = <R extends { readonly runId: string }>(rows: readonly R[]) => {
    const groups = new Map<string, R[]>();
    for (const row of rows) {
      const known = groups.get(row.runId);
      if (known) known.push(row);
      else groups.set(row.runId, [row]);
    }
    return (runId: string): readonly R[] => groups.get(runId) ?? [];
  };
  const events = group(dump.events);
  const [stages, steps, waits] = [group(dump.stages), group(dump.steps), group(dump.waits)];
  const [dispatch, slots] = [group(dump.dispatch), group(dump.slots)];
  const edges = new Map(dump.definitions.map(({ key, graph }) => [key, edgesOf(graph)]));
  return new Map(
    dump.runs.map((run) => [
      run.id,
      {
        run,
        events: events(run.id).toSorted((a, b) => a.rev - b.rev),
        stages: stages(run.id),
        steps: steps(run.id),
        waits: waits(run.id),
        dispatch: dispatch(run.id),
        slots: slots(run.id),
        after: edges.get(run.definition) ?? new Map(),
      },
    ]),
  );
}

function edgesOf(graph: Rows["definitions"]["graph"]): ReadonlyMap<string, readonly string[]> {
  const stages = (graph.stages ?? []) as readonly { id: string; after: readonly string[] }[];
  return new Map(stages.map(({ id, after }) => [id, after]));
}

/** I1: one terminal event per reopening, and none of any kind until the next. */
const oneEnd: Check = ({ events }) => {
  const late: string[] = [];
  let ended: EventRow | undefined;
  for (const event of events) {
    if (event.type === "run.reopened") ended = undefined;
    if (ended) late.push(`${nameOf(event)} follows ${nameOf(ended)}`);
    if (TERMINAL_EVENTS.has(event.type)) ended = event;
  }
  return late;
};

const TERMINAL_EVENTS: ReadonlySet<string> = new Set([
  "run.completed",
  "run.failed",
  "run.cancelled",
]);

const nameOf = ({ type, rev }: EventRow): string => `event ${type} at rev ${rev}`;

/** I2: revs are 1 to the run's own, without gap or double. */
const gapFree: Check = ({ run, events }) => {
  const wrong = events.find((event, i) => event.rev !== i + 1);
  if (wrong) return [`${nameOf(wrong)} is number ${events.indexOf(wrong) + 1} of its run`];
  return events.length === run.rev ? [] : [`rev is ${run.rev} with ${events.length} events`];
};

/** I3: the events tell what the rows say. */
const foldHolds: Check = ({ run, events, stages }) => {
  const folded = foldEvents(events);
  if (!folded) return ["no event tells of the run"];
  return differences(folded, ledgerOf(run, stages));
};

function differences(folded: Ledger, stored: Ledger): readonly string[] {
  const columns = (["status", "outcome", "reopenCount", "failure"] as const)
    .filter((column) => canonicalText(folded[column]) !== canonicalText(stored[column]))
    .map((column) => differ(`the run's ${column}`, folded[column], stored[column]));
  const keys = new Set([...folded.stages.keys(), ...stored.stages.keys()]);
  const stages = [...keys]
    .filter((key) => textOf(folded.stages.get(key)) !== textOf(stored.stages.get(key)))
    .map((key) => differ(`stage ${key}`, folded.stages.get(key), stored.stages.get(key)));
  return [...columns, ...stages];
}

const textOf = (value: unknown): string => (value === undefined ? "absent" : canonicalText(value));

const differ = (what: string, folded: unknown, stored: unknown): string =>
  `${what} is ${JSON.stringify(folded) ?? "absent"} by its events and ` +
  `${JSON.stringify(stored) ?? "absent"} in its row`;

/** I5: every change that an event tells of is an edge of chapter 2.2. */
const allowedEdges: Check = ({ events }) => {
  const wrong: LedgerEdge[] = [];
  foldEvents(events, (edge) => {
    if (!isAllowed(edge)) wrong.push(edge);
  });
  return wrong.map((edge) => {
    const what = edge.of === "run" ? "the run" : `stage ${edge.stage}`;
    return `${what} went from ${edge.from ?? "nothing"} to ${edge.to}`;
  });
};

function isAllowed(edge: LedgerEdge): boolean {
  if (edge.of === "run") {
    if (edge.from === undefined) return edge.to === "pending" || edge.to === "running";
    return RUN_EDGES[edge.from].includes(edge.to);
  }
  const { from, to } = edge;
  if (from === undefined) return to === "open" || to === "blocked" || to === "skipped";
  const statuses = STATUSES.filter((status) => phaseOf(status) === from);
  const reached = statuses.flatMap((status) => STAGE_EDGES[status].map(phaseOf));
  return reached.includes(to);
}

const STATUSES = Object.keys(STAGE_EDGES) as StageStatus[];

/** I6: an ended run has nothing left that is open. */
const nothingLeft: Check = ({ run, stages, waits, dispatch, slots }) => {
  if (!isTerminalRun(run.status)) return [];
  const open = stages.filter(({ status }) => ["open", "blocked"].includes(phaseOf(status)));
  const unresolved = waits.filter((wait) => wait.outcome === null);
  return [
    ...open.map((row) => `stage ${stageKeyText(row)} is ${row.status}`),
    ...unresolved.map((row) => `wait ${stageKeyText(row)}/${operationText(row)} is open`),
    ...dispatch.map((row) => `stage ${stageKeyText(row)} is still to be dispatched`),
    ...slots.map((row) => `slot ${row.slotKey} is still held by ${row.holder}`),
  ].map((what) => `the run is ${run.status}, but ${what}`);
};

/** I8: a blocked stage counts the dependencies that are open, and none that is resolved. */
const countsWhatIsOpen: Check = ({ stages, after, run }) => {
  if (isTerminalRun(run.status)) return [];
  const current = new Map(stages.filter((s) => !s.superseded).map((s) => [s.stageId, s]));
  const isOpen = (id: string): boolean => {
    const row = current.get(id);
    return row === undefined || ["open", "blocked"].includes(phaseOf(row.status));
  };
  return [...current.values()].flatMap((row) => {
    const open = after.get(row.stageId)?.filter(isOpen).length;
    if (row.status !== "blocked" || open === undefined || row.joinPending === open) return [];
    return [`stage ${stageKeyText(row)} waits for ${row.joinPending} of ${open} open dependencies`];
  });
};

/** I9: no record carries a fence that its stage has not reached, nor a lower one than before. */
const risingFences: Check = ({ stages, steps }) => {
  const fences = new Map(stages.map((row) => [stageKeyText(row), row.fence]));
  const highest = new Map<string, number>();
  return steps
    .filter((step) => step.kind !== "atMostOnce")
    .toSorted((a, b) => a.seq - b.seq)
    .flatMap((step) => {
      const stage = stageKeyText(step);
      const [least, most] = [highest.get(stage) ?? 0, fences.get(stage) ?? 0];
      highest.set(stage, Math.max(least, step.fence));
      if (step.fence >= least && step.fence <= most) return [];
      const name = `${stage}/${operationText(step)}`;
      return [`step ${name} has fence ${step.fence}, not between ${least} and ${most}`];
    });
};

/** I16: one record per key, and one operation per `seq`, of a stage's generation. */
const oneRecord: Check = ({ steps, waits }) => {
  const settled = [...steps, ...waits.filter((wait) => wait.seq !== null)];
  const below = steps.filter(({ seq }) => !Number.isInteger(seq) || seq < 1);
  return [
    ...doubles(steps, (step) => `record ${operationText(step)}`),
    ...doubles(settled, (operation) => `seq ${operation.seq}`),
    ...below.map((step) => `step ${stageKeyText(step)}/${operationText(step)} has seq ${step.seq}`),
  ];
};

function doubles<R extends StageKey>(
  rows: readonly R[],
  name: (row: R) => string,
): readonly string[] {
  const texts = rows.map((row) => `${name(row)} of stage ${stageKeyText(row)}`);
  const seen = new Set<string>();
  const twice = texts.filter((text) => seen.size === seen.add(text).size);
  return twice.map((text) => `${text} exists twice`);
}

const CHECKS: Readonly<Record<Violation["invariant"], Check>> = {
  I1: oneEnd,
  I2: gapFree,
  I3: foldHolds,
  I5: allowedEdges,
  I6: nothingLeft,
  I8: countsWhatIsOpen,
  I9: risingFences,
  I16: oneRecord,
};
