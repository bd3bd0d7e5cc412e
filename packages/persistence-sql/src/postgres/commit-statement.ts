import { type CommitPlan, type Committed, checkSetWise, type EpochMs } from "@pawl/kernel/ports";
import type { Now } from "../dialects/dialect.ts";
import type { Schema } from "../statements/schema.ts";
import type { SqlRow, Statement } from "../statements/statement.ts";
import { holds } from "./commit-writes.ts";
import { Committing } from "./committing.ts";
import { putGuards } from "./put-guards.ts";
import { type CounterPlace, putWrites } from "./put-writes.ts";
import { type Filled, Sheet } from "./sheet.ts";
import { named, rowsAsJson } from "./together.ts";

/** A batch of plans as one statement: guards first, then writes of the plans that hold. */
export interface CommitStatement {
  readonly statement: Statement;
  /** For each plan what it came to, or undefined when it was refused and wrote nothing. */
  answer(rows: readonly SqlRow[]): {
    readonly now: EpochMs;
    readonly results: readonly (Committed | undefined)[];
  };
}

export interface CommitOptions {
  readonly now: Now;
  readonly evidence?: boolean;
  readonly waitsForKeys?: boolean | undefined;
}

/** @throws EngineError E_ARGUMENT_INVALID for a plan that no adapter may write */
export function commitStatement(
  schema: Schema,
  plans: readonly CommitPlan[],
  { now, evidence = true, waitsForKeys = false }: CommitOptions,
): CommitStatement {
  const sheet = new Sheet(schema);
  const counts: { readonly p: number; readonly g: number }[] = [];
  const counters: (readonly CounterPlace[])[] = [];
  for (const [p, plan] of plans.entries()) {
    checkSetWise(plan);
    const placed = { schema, sheet, plan, p, evidence, waitsForKeys };
    const { count, locked } = putGuards(placed);
    counts.push({ p, g: count });
    counters.push(putWrites(placed, locked));
  }
  const kinds = sheet.kinds();
  const text = schema.text(`commit ${kinds.map(({ kind }) => kind.key).join("|")}`, () =>
    textOf(schema, kinds),
  );
  const json = ({ rows }: Filled): string => JSON.stringify(rows);
  const params = [
    ...schema.dialect.timedParams(now),
    ...kinds.filter(({ kind }) => kind.guard).map(json),
    JSON.stringify(counts),
    ...kinds.filter(({ kind }) => !kind.guard).map(json),
  ];
  return {
    statement: { text, params, plannedOnce: true },
    answer: (rows) => {
      const committing = new Committing(kinds, rows);
      const results = plans.map((plan, p) =>
        committing.resultOf({ plan, p, counters: counters[p] ?? [] }),
      );
      return { now: committing.now, results };
    },
  };
}

function textOf({ dialect }: Schema, kinds: readonly Filled[]): string {
  const placed = kinds.map(({ kind }, at) => ({ kind, name: nameOf(kind.key, at) }));
  const source = (types: readonly string[]): string =>
    "(SELECT * FROM json_to_recordset(?::json)" +
    ` AS x(${types.join(", ")}) WHERE x.p + 0 = x.p) x`;
  const guards = placed.flatMap(({ kind, name }) => kind.guard?.(name, source(kind.types)) ?? []);
  const hits = placed.flatMap(({ kind, name }) => kind.hits?.(name) ?? []);
  const admitted = (types: readonly string[]): string =>
    `(SELECT x.*, ${dialect.now} AS instant FROM json_to_recordset(?::json)` +
    ` AS x(${types.join(", ")}) WHERE x.p + 0 = x.p AND ${holds("x")}) x`;
  const writes = placed.flatMap(({ kind, name }) => kind.write?.(name, admitted(kind.types)) ?? []);
  const answers = placed.flatMap(({ kind: { answers }, name }) =>
    answers ? [rowsAsJson(answers.select(name), answers.columns)] : [],
  );
  const parts = [...guards, verdicts(source(["p int", "g int"]), hits), ...writes].join(", ");
  const answer = named([dialect.now, "(SELECT to_json(holds) FROM ok)", ...answers]);
  return dialect.timed(`WITH ${parts} SELECT ${answer}`);
}

/**
 * For each plan of the batch, in order, whether it has as many hits as guards. One list, since a
 * join with it would pass over all plans again for each row that is written.
 */
const verdicts = (counts: string, hits: readonly string[]): string => {
  const all = [`SELECT x.p, -x.g AS n FROM ${counts}`, ...hits].join(" UNION ALL ");
  const sums = `SELECT h.p, sum(h.n) = 0 AS held FROM (${all}) h GROUP BY h.p`;
  return `ok AS MATERIALIZED (SELECT array_agg(s.held ORDER BY s.p) AS holds FROM (${sums}) s)`;
};

/** Events name the guards of runs; all others are known by their place. */
const nameOf = (key: string, at: number): string => (key === "g_runs" ? key : `k${at}`);
