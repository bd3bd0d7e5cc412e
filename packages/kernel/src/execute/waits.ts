import { closeWaits } from "../decide/end-run.ts";
import { decideOpenWaits } from "../decide/suspend-stage.ts";
import { unpackValue } from "../engine/unpack.ts";
import { WaitTimeoutError } from "../errors/execution-errors.ts";
import { operationText } from "../state/ids.ts";
import type { Write } from "../state/plan.ts";
import type { EpochMs } from "../state/time.ts";
import type { WaitKind, WaitRow } from "../state/wait.ts";
import type { Execution } from "./execution.ts";
import type { OpenWait } from "./open-wait.ts";
import type { Answer, Operation } from "./operation.ts";
import { StoredError } from "./stored-error.ts";

export interface NewWait {
  readonly operation: Operation;
  readonly kind: WaitKind;
  readonly key: string;
  readonly dueAt: EpochMs | null;
}

/** Opens a wait, or finds it open from an earlier execution. */
export function openWait(execution: Execution, { operation, kind, key, dueAt }: NewWait): void {
  const text = operationText({ key, occurrence: operation.id.occurrence });
  const before = execution.openRows.get(text);
  const row = before ?? newWaitRow(execution, { operation, kind, key, dueAt });
  execution.waits.set(text, { row, operation, stored: before !== undefined });
  execution.pulse.beat();
}

/** An open wait as it is stored first. */
export const newWaitRow = (
  execution: Execution,
  { operation, kind, key, dueAt }: NewWait,
): WaitRow => ({
  ...execution.key,
  key,
  occurrence: operation.id.occurrence,
  kind,
  name: "",
  dueAt,
  openedAt: execution.dbTime(),
  outcome: null,
  value: null,
  failure: null,
  resolvedAt: null,
  seq: null,
});

/** Least `dueAt` of the open waits; undefined when none has one. */
export function nextDue(execution: Execution): EpochMs | undefined {
  const due = [...execution.waits.values()].map((wait) => wait.row.dueAt);
  const instants = due.filter((at) => at !== null);
  return instants.length === 0 ? undefined : Math.min(...instants);
}

/** Resolves the waits that are due, in order of instant, then key. True if there were any. */
export async function resolveDue(execution: Execution): Promise<boolean> {
  const now = execution.dbTime();
  const due = [...execution.waits.entries()]
    .filter(([, { row }]) => row.dueAt !== null && row.dueAt <= now)
    .sort(([a, x], [b, y]) => Number(x.row.dueAt) - Number(y.row.dueAt) || (a < b ? -1 : 1));
  if (due.length === 0) return false;
  const acks: (() => void)[] = [];
  const writes: Write[] = [];
  for (const [text, wait] of due) {
    execution.waits.delete(text);
    execution.openRows.delete(text);
    const resolved = resolvedRow(execution, wait);
    writes.push(writeOf(resolved, wait.stored));
    acks.push(acknowledge(execution, wait, resolved));
  }
  execution.inFlight += 1;
  const ride = execution.riders.takeAll();
  const stored = await execution.record([...writes, ...ride.writes], ride.guards);
  execution.inFlight -= 1;
  if (stored) for (const ack of acks) ack();
  return true;
}

function resolvedRow(execution: Execution, { row }: OpenWait): WaitRow {
  const seq = execution.settlements.nextSeq();
  return { ...row, outcome: "fired", resolvedAt: row.dueAt, seq };
}

const writeOf = (row: WaitRow, stored: boolean): Write =>
  stored
    ? {
        op: "update",
        table: "waits",
        key: keyOf(row),
        set: { outcome: row.outcome, resolvedAt: row.resolvedAt, seq: row.seq },
      }
    : { op: "insert", table: "waits", row };

const keyOf = (row: WaitRow) => ({
  runId: row.runId,
  stageId: row.stageId,
  mapIndex: row.mapIndex,
  generation: row.generation,
  key: row.key,
  occurrence: row.occurrence,
});

/** A step's own delay begins the step again; any other wait settles in order. */
function acknowledge(execution: Execution, { operation }: OpenWait, row: WaitRow): () => void {
  if (row.kind === "retry") return () => operation.begin();
  const settlement = execution.settlements.expect(operation, row.seq ?? 0, row.resolvedAt ?? 0);
  return () => settlement.ack({ value: undefined });
}

/** What a stored outcome means to the body. */
export async function waitAnswer(execution: Execution, wait: WaitRow): Promise<Answer> {
  const text = operationText(wait);
  switch (wait.outcome) {
    case "timedOut":
      return { error: new WaitTimeoutError(`Wait "${text}" was not answered in time.`) };
    case "failed":
      return { error: new StoredError(wait.failure ?? { name: "Error", message: "unknown" }) };
    case "received": {
      const place = { runId: wait.runId, field: `wait/${text}` };
      const { value } = wait;
      return {
        value: value === null ? undefined : await unpackValue(execution.engine, value, place),
      };
    }
    default:
      return { value: undefined };
  }
}

/** Stores new waits while a step body is in flight, so that others can resolve them. */
export async function storeWaits(execution: Execution): Promise<void> {
  const opening = [...execution.waits.values()].filter((wait) => !wait.stored);
  execution.inFlight += 1;
  const ride = execution.riders.takeAll();
  for (;;) {
    const result = await execution.insistOn(
      decideOpenWaits({
        commitId: execution.engine.ids.newId(),
        stage: execution.key,
        fence: execution.fence,
        inbox: execution.inbox,
        since: execution.claimed.run.rev,
        opening: opening.map((wait) => wait.row),
        riders: ride.writes,
        riderGuards: ride.guards,
      }),
    );
    if (!result) break;
    if (result.ok) {
      for (const wait of opening) {
        wait.stored = true;
        execution.openRows.set(operationText(wait.row), wait.row);
      }
      if (result.held) execution.hold();
      break;
    }
    if (result.why !== "rev" || !result.snapshot) {
      execution.stop("lost");
      break;
    }
    execution.inbox = result.snapshot.run.inbox;
  }
  execution.inFlight -= 1;
}

/** Waits of a body that has ended: nothing will answer them any more. */
export const closedWaits = (execution: Execution): Write[] =>
  closeWaits([...execution.openRows.values()]);
