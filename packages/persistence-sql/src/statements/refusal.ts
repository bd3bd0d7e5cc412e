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
import { encodeAll, type Read, type SqlRow } from "./statement.ts";

/**
 * What a failed plan turned out to be. `unclear`: no guard is false, so either an insert failed
 * or the guard holds again.
 */
export type Verdict = "replayed" | "unclear" | Refusal;

/** Reads that tell why a plan failed: its evidence, then the state that each guard looks at. */
export interface Diagnosis {
  readonly statements: readonly Read[];
  /** Of what the statements answered, in their order; sessions expire by `now`. */
  verdict(rows: readonly (readonly SqlRow[])[], now: EpochMs): Verdict;
}

export function diagnosePlan(schema: Schema, plan: CommitPlan): Diagnosis {
  const evidence = evidenceStatement(schema, plan, evidenceOf(plan));
  const probes = plan.guards.map((guard) => guardProbe(schema, guard));
  return {
    statements: [evidence, ...probes],
    verdict(rows, now) {
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
function guardProbe(schema: Schema, guard: Guard): Read {
  const { runs, stages, workers, blobTombstones } = schema.tables;
  switch (guard.kind) {
    case "rev":
      return probe(schema, "rev", probed(["rev"], `${runs.sql} WHERE id = ?`, [guard.runId]));
    case "live": {
      const from = `${runs.sql} WHERE id = ?`;
      return probe(schema, "live", probed(["status", "inbox"], from, [guard.runId]));
    }
    case "stage": {
      const key = encodeAll(stages.key, guard.key, 0);
      const from = `${stages.sql} WHERE ${stages.byKey}`;
      return probe(schema, "stage", probed(["fence", "status"], from, key));
    }
    case "absent": {
      const table = schema.tables[guard.row.table];
      const key = encodeAll(table.key, guard.row.key, 0);
      const from = `${table.sql} WHERE ${table.byKey}`;
      return probe(schema, `absent ${table.name}`, probed(["found"], from, key));
    }
    case "version": {
      const table = schema.tables[guard.row.table];
      const key = encodeAll(table.key, guard.row.key, 0);
      const from = `${table.sql} WHERE ${table.byKey}`;
      return probe(schema, `version ${table.name}`, probed(["version"], from, key));
    }
    case "session": {
      const from = `${workers.sql} WHERE id = ?`;
      return probe(schema, "session", probed(["epoch", "status", "expires_at"], from, [guard.id]));
    }
    case "notCondemned": {
      const from = `${blobTombstones.sql} WHERE hash = ?`;
      return probe(schema, "hash", probed(["found"], from, [guard.hash]));
    }
  }
}

interface Probed {
  readonly columns: readonly string[];
  readonly from: string;
  readonly params: Read["params"];
}

const probed = (columns: readonly string[], from: string, params: Read["params"]): Probed => ({
  columns,
  from,
  params,
});

function probe(schema: Schema, shape: string, { columns, from, params }: Probed): Read {
  const listed = columns.map((column) => (column === "found" ? "1 AS found" : column));
  const text = schema.text(`probe ${shape}`, () => `SELECT ${listed.join(", ")} FROM ${from}`);
  return { text, params, columns };
}

/** Why a guard is false, given the row that its probe answers; undefined when it holds. */
export function refusalOf(
  guard: Guard,
  row: SqlRow | undefined,
  now: EpochMs,
): Refusal | undefined {
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
      const valid = epoch === guard.epoch && status === "active" && Number(expiresAt) > now;
      return unless(valid, "fence");
    }
    case "notCondemned":
      return unless(row === undefined, "condemned");
  }
}

const unless = (holds: boolean, why: Refusal): Refusal | undefined => (holds ? undefined : why);
