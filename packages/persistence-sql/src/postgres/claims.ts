import { CorruptRowError } from "@pawl/kernel";
import type { ClaimedStage, ClaimRequest, StageRow } from "@pawl/kernel/ports";
import { claimedStages } from "../statements/claimed-stages.ts";
import { corrupt, rowsOf } from "../statements/rows.ts";
import { knownColumn, type Schema } from "../statements/schema.ts";
import { tuples } from "../statements/stage-tuples.ts";
import type { SqlRow } from "../statements/statement.ts";
import { claimStatement, returnStatement } from "./claim-statement.ts";
import { pause } from "./connection.ts";
import { isNamesText } from "./names-text.ts";
import type { PostgresCall } from "./postgres-call.ts";
import { answersOf } from "./together.ts";

/** How often a claim looks whose own session another transaction, as a heartbeat, has locked. */
const BUSY_TRIES = 8;
const PAUSE_MAX_MS = 8;

/** Claims stages with what each needs to execute, in one statement. */
export async function claimStages(
  call: PostgresCall,
  request: ClaimRequest,
): Promise<readonly ClaimedStage[]> {
  for (let tries = 1; ; tries += 1) {
    const claimed = await claimOnce(call, request);
    if (claimed) return claimed;
    if (tries === BUSY_TRIES) return [];
    await pause(Math.min(2 ** tries, PAUSE_MAX_MS));
  }
}

/** Undefined when another transaction has locked the session's row. */
async function claimOnce(
  call: PostgresCall,
  request: ClaimRequest,
): Promise<readonly ClaimedStage[] | undefined> {
  const { schema, session } = call;
  const answered = await session.once(claimStatement(schema, request, call.now()));
  const { now, rows } = answersOf(answered);
  const [stages = [], runs = [], steps = [], memoWaits = [], resolved = []] = rows;
  const [, , , , , openWaits = [], attempts = [], seqs = [], upstream = [], busy = []] = rows;
  if (busy.length > 0) return undefined;
  if (stages.length === 0) return [];
  session.wrote();
  try {
    const changed = new Set(resolved.map(waitText));
    const open = openWaits.filter((wait) => !changed.has(waitText(wait)));
    const lastSeqs = [...seqs, ...resolved.map((wait) => [...wait.slice(0, 4), wait.at(-1)])];
    return claimedStages(schema, {
      request,
      claimed: claimedRows(schema, stages),
      rows: {
        ...{ runs, steps, openWaits: open, attempts },
        upstream: asClaimed(upstream, stages),
        waits: [...memoWaits, ...resolved],
        lastSeqs: lastSeqs.toSorted((a, b) => Number(a[4]) - Number(b[4])),
      },
      now,
    });
  } catch (error) {
    if (error instanceof CorruptRowError) await giveBack(call, stages);
    throw error;
  }
}

/** @throws CorruptRowError also for names that the statement passed over: no engine wrote them */
function claimedRows(schema: Schema, stages: readonly SqlRow[]): readonly StageRow[] {
  const table = schema.tables.stages;
  const at = table.columns.findIndex(({ field }) => field === "reads");
  const claimed = rowsOf(schema, "stages", stages);
  const odd = stages.find((row) => !isNamesText(row[at]));
  if (odd) throw corrupt(table, knownColumn(table, "reads"), { columns: table.columns, row: odd });
  return claimed;
}

/** Upstream stages that were claimed together with the one that reads them are running now. */
function asClaimed(upstream: readonly SqlRow[], stages: readonly SqlRow[]): readonly SqlRow[] {
  const claimed = new Set(stages.map((stage) => JSON.stringify(stage.slice(0, 3))));
  return upstream.map(([runId, stageId, mapIndex, status, output]) => {
    const now = claimed.has(JSON.stringify([runId, stageId, mapIndex])) ? "running" : status;
    return [runId, stageId, mapIndex, now, output];
  });
}

/** The six columns of a wait's key. */
const waitText = (wait: SqlRow): string => JSON.stringify(wait.slice(0, 6));

/** What could not be read is not executed: others may try, and the caller passes its run over. */
async function giveBack(call: PostgresCall, stages: readonly SqlRow[]): Promise<void> {
  const fence = call.schema.tables.stages.columns.findIndex(({ field }) => field === "fence");
  const claimed = stages.map((row) => [...row.slice(0, 4), row[fence]] as (string | number)[]);
  await call.session.once(returnStatement(call.schema, tuples(claimed)));
}
