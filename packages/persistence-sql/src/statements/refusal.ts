import {
  type CommitPlan,
  type EpochMs,
  type Guard,
  isTerminalRun,
  type Refusal,
  type RunFacts,
  type RunId,
} from "@pawl/kernel/ports";
import { evidenceOf, evidenceStatement } from "./evidence.ts";
import type { Schema } from "./schema.ts";
import { encodeAll, type SqlRow, type Statement } from "./statement.ts";

/**
 * What a failed plan turned out to be. `unclear`: no guard is false, so either an insert failed
 * or the guard holds again.
 */
export type Verdict = "replayed" | "unclear" | Refusal;

/** Reads that tell why a plan failed: its evidence, then the state that each guard looks at. */
export interface Diagnosis {
  readonly statements: readonly Statement[];
  verdict(rows: readonly (readonly SqlRow[])[]): Verdict;
}

export function diagnosePlan(schema: Schema, plan: CommitPlan, now: EpochMs): Diagnosis {
  const evidence = evidenceStatement(schema, plan, evidenceOf(plan), now);
  const probes = plan.guards.map((guard) => guardProbe(schema, guard, now));
  return {
    statements: [evidence, ...probes],
    verdict(rows) {
      if (rows[0]?.length) return "replayed";
      for (const [at, guard] of plan.guards.entries()) {
        const refusal = refusalOf(guard, rows[at + 1]?.[0], now);
        if (refusal) return refusal;
      }
      return "unclear";
    },
  };
}

/** The run that a plan guards, whose fresh snapshot a refusal brings. */
export function guardedRun(plan: CommitPlan): RunId | undefined {
  for (const guard of plan.guards) {
    if (guard.kind === "rev" || guard.kind === "live") return guard.runId;
    if (guard.kind === "stage") return guard.key.runId;
  }
  return undefined;
}

/** The state that a guard looks at, or no row when what it names is absent. */
function guardProbe(schema: Schema, guard: Guard, now: EpochMs): Statement {
  const { runs, stages, workers, blobTombstones } = schema.tables;
  const probe = (shape: string, from: string, params: Statement["params"]): Statement => ({
    text: schema.text(`probe ${shape}`, () => `SELECT ${from}`),
    params,
  });
  switch (guard.kind) {
    case "rev":
      return probe("rev", `rev FROM ${runs.sql} WHERE id = ?`, [guard.runId]);
    case "live":
      return probe("live", `status, inbox FROM ${runs.sql} WHERE id = ?`, [guard.runId]);
    case "stage":
      return probe(
        "stage",
        `fence, status FROM ${stages.sql} WHERE ${stages.byKey}`,
        encodeAll(stages.key, guard.key, now),
      );
    case "absent": {
      const table = schema.tables[guard.row.table];
      const key = encodeAll(table.key, guard.row.key, now);
      return probe(`absent ${table.name}`, `1 FROM ${table.sql} WHERE ${table.byKey}`, key);
    }
    case "version": {
      const table = schema.tables[guard.row.table];
      const key = encodeAll(table.key, guard.row.key, now);
      return probe(`version ${table.name}`, `version FROM ${table.sql} WHERE ${table.byKey}`, key);
    }
    case "session":
      return probe("session", `epoch, status, expires_at FROM ${workers.sql} WHERE id = ?`, [
        guard.id,
      ]);
    case "notCondemned":
      return probe("hash", `1 FROM ${blobTombstones.sql} WHERE hash = ?`, [guard.hash]);
  }
}

function refusalOf(guard: Guard, row: SqlRow | undefined, now: EpochMs): Refusal | undefined {
  switch (guard.kind) {
    case "rev":
      return row === undefined ? "missing" : unless(row[0] === guard.rev, "rev");
    case "live": {
      if (row === undefined) return "missing";
      const status = row[0] as RunFacts["status"];
      if (isTerminalRun(status)) return "terminal";
      if (guard.status && !guard.status.includes(status)) return "rev";
      return unless(guard.inbox === undefined || row[1] === guard.inbox, "rev");
    }
    case "stage": {
      if (row === undefined) return "missing";
      return unless(row[0] === guard.fence && row[1] === guard.status, "fence");
    }
    case "absent":
      return unless(row === undefined, "exists");
    case "version":
      return row === undefined ? "missing" : unless(row[0] === guard.version, "rev");
    case "session": {
      const [epoch, status, expiresAt] = row ?? [];
      const valid = epoch === guard.epoch && status !== "gone" && Number(expiresAt) > now;
      return unless(valid, "fence");
    }
    case "notCondemned":
      return unless(row === undefined, "condemned");
  }
}

const unless = (holds: boolean, why: Refusal): Refusal | undefined => (holds ? undefined : why);
