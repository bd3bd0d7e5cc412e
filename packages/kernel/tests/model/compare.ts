import { deepStrictEqual } from "node:assert";
import { checkInvariants } from "@pawl/kernel";
import type { StageRow } from "@pawl/kernel/ports";
import type { Dump } from "@pawl/persistence-memory";
import type { Bench } from "./bench.ts";
import {
  type Expected,
  type ExpectedRun,
  type ExpectedStage,
  isEnded,
  isOpen,
  RUN_TOO_LONG,
} from "./expected.ts";

/** Tables that are looked at after every command; the others at the end of a sequence. */
const LOOKED_AT = [
  "runs",
  "stages",
  "steps",
  "waits",
  "events",
  "workers",
  "deadLetters",
  "dispatch",
  "slots",
  "definitions",
] as const;

const COMPARED_EVERY = 8;

export type Looked = Pick<Dump, (typeof LOOKED_AT)[number]>;

/** Both benches, and what is known of the rows after the last command. */
export interface Real {
  readonly memory: Bench;
  readonly sqlite: Bench;
  last: Looked;
  commands: number;
  readonly fences: Map<string, number>;
}

/** The rows are what the model says, alike on both stores, and break no invariant. */
export async function verify(world: Expected, real: Real, dump: Looked): Promise<void> {
  real.last = dump;
  await compareRows(real, dump);
  deepStrictEqual(checkInvariants(dump), [], "invariants");
  deepStrictEqual([real.memory.world.now, real.sqlite.world.now], [world.now, world.now], "time");
  nameLetters(world, dump);
  deepStrictEqual(seenRuns(dump), [...world.runs.values()].map(expectedRun), "runs");
  for (const run of world.runs.values()) {
    deepStrictEqual(seenStages(dump, run), expectedStages(run), `stages of run ${run.id}`);
  }
  deepStrictEqual(
    dump.workers.map(({ id, status, expiresAt }) => ({ id, status, expiresAt })),
    world.sessions.map(({ id, status, expiresAt }) => ({ id, status, expiresAt })),
    "sessions",
  );
  deepStrictEqual(seenLetters(dump), expectedLetters(world), "dead letters");
  verifyFences(real);
  deepStrictEqual(real.memory.received, world.received, "deliveries");
  deepStrictEqual(real.sqlite.received, world.received, "deliveries on SQLite");
  await verifyNothingStranded(real);
}

/** What is looked at, on memory. */
export const look = ({ memory }: Real): Promise<Looked> => memory.dump(LOOKED_AT);

/** Rows are compared with those of SQLite now and then: answers are compared always. */
async function compareRows(real: Real, dump: Looked): Promise<void> {
  real.commands += 1;
  if (real.commands % COMPARED_EVERY > 0) return;
  const other = await real.sqlite.dump(LOOKED_AT);
  if (JSON.stringify(dump) !== JSON.stringify(other)) {
    deepStrictEqual(other, dump, "SQLite is memory");
  }
}

/** Every row of every table is the same on both. */
export async function verifyAll({ memory, sqlite }: Real): Promise<void> {
  deepStrictEqual(await sqlite.dump(), await memory.dump(), "all of SQLite is all of memory");
}

const byId = (a: { readonly id: string }, b: { readonly id: string }): number =>
  a.id < b.id ? -1 : 1;

const seenRuns = (dump: Looked): readonly object[] =>
  dump.runs.toSorted(byId).map(({ id, status, deadline, endedAt, failure, sinkRev }) => ({
    id,
    status,
    deadline,
    endedAt,
    failure: (failure?.code === RUN_TOO_LONG ? failure.code : failure?.message) ?? null,
    sinkRev,
  }));

const expectedRun = (run: ExpectedRun): object => ({
  id: run.id,
  status: run.status,
  deadline: run.deadline ?? null,
  endedAt: run.endedAt ?? null,
  failure: run.failure ?? null,
  sinkRev: run.delivered,
});

function seenStages(dump: Looked, run: ExpectedRun): Readonly<Record<string, object>> {
  const rows = dump.stages.filter(({ runId }) => runId === run.id);
  const views = run.shape.places.map(({ id }) => {
    const row = rows.find(({ stageId }) => stageId === id);
    return [id, seenStage(run, row, run.stages.get(id) as ExpectedStage)];
  });
  return Object.fromEntries(views);
}

/** A stage that nobody came to has no row, waits, or was cancelled with its run. */
function seenStage(run: ExpectedRun, row: StageRow | undefined, { status }: ExpectedStage): object {
  const waits = row === undefined || row.status === "blocked";
  const cancelled = row?.status === "cancelled" && status === "unreached" && isEnded(run);
  if (waits || cancelled) return { status: "unreached" };
  const { held, holdReason, attempt, suspect, session, startedAt, startDeadline } = row;
  const common = { status: row.status, attempt };
  const open = ["ready", "running", "suspended"].includes(row.status);
  const startBy = startedAt === null ? startDeadline : null;
  const wakeAt = row.status === "suspended" ? row.wakeAt : null;
  return open ? { ...common, held, holdReason, suspect, session, startBy, wakeAt } : common;
}

const expectedStages = (run: ExpectedRun): Readonly<Record<string, object>> =>
  Object.fromEntries([...run.stages].map(([id, stage]) => [id, expectedStage(stage)]));

function expectedStage(stage: ExpectedStage): object {
  const { status, attempt, hold, suspect, claim, started, startBy, wakeAt } = stage;
  if (status === "unreached") return { status };
  if (!isOpen(stage)) return { status, attempt };
  const held = hold !== undefined;
  return {
    status,
    attempt,
    held,
    holdReason: hold ?? null,
    suspect,
    session: claim?.session ?? null,
    startBy: (started ? undefined : startBy) ?? null,
    wakeAt: (status === "suspended" ? wakeAt : undefined) ?? null,
  };
}

/** Gives letters that are expected and new the ids of rows that are. */
function nameLetters(world: Expected, dump: Looked): void {
  const named = new Set(world.letters.map(({ id }) => id));
  for (const row of dump.deadLetters.filter(({ id }) => !named.has(id))) {
    const letter = world.letters.find(
      ({ id, kind, run, stage, rev }) =>
        id === undefined &&
        kind === row.kind &&
        run === row.runId &&
        (kind === "event" ? rev === row.rev : stage === row.stageId),
    );
    if (letter) letter.id = row.id;
  }
}

const seenLetters = (dump: Looked): readonly object[] =>
  dump.deadLetters.map(({ id, kind, runId, resolution }) => ({ id, kind, runId, resolution }));

const expectedLetters = ({ letters }: Expected): readonly object[] =>
  letters
    .map(({ id = "?", kind, run, resolution }) => ({
      id,
      kind,
      runId: run,
      resolution: resolution ?? null,
    }))
    .toSorted(byId);

/** I9: a fence never falls, and rises with every change of hands. */
function verifyFences({ last, fences }: Real): void {
  for (const { runId, stageId, fence } of last.stages) {
    const key = `${runId}/${stageId}`;
    if (fence < (fences.get(key) ?? 0)) throw new Error(`the fence of ${key} fell to ${fence}`);
    fences.set(key, fence);
  }
}

/** I7 and I8: a live run has something that will move it. */
async function verifyNothingStranded({ memory }: Real): Promise<void> {
  const kinds = ["joinReady", "stranded"] as const;
  const { items } = await memory.persistence.sweep({ namespace: "default", kinds, limit: 10 });
  deepStrictEqual(items, [], "runs that nothing will wake");
}
