import { EngineError } from "@pawl/kernel";
import type { EpochMs, SweepItem, SweepKind, SweepReport, SweepRequest } from "@pawl/kernel/ports";
import type { Schema } from "./schema.ts";
import type { SqlRow, SqlValue, Statement } from "./statement.ts";
import { type Search, searchesOf } from "./sweep-searches.ts";

/** All kinds asked for in one statement, each part bounded and served by its own index. */
export function sweepStatement(schema: Schema, request: SweepRequest, now: EpochMs): Statement {
  const parts = searchesOf(schema).filter(({ kind }) => request.kinds.includes(kind));
  if (parts.length === 0) {
    throw new EngineError("E_ARGUMENT_INVALID", `no sweep kind in ${request.kinds.join(", ")}`);
  }
  const { definitions } = request;
  const shape = `sweep ${definitions ? "own " : ""}${parts.map(({ index }) => index).join()}`;
  const text = schema.text(shape, () =>
    parts
      .map((part) => `SELECT * FROM (${searchText(schema, part, definitions !== undefined)})`)
      .join(" UNION ALL "),
  );
  const age = now - (request.olderThanMs ?? 0);
  const params = parts.flatMap((part): SqlValue[] => [
    ...(part.namespaced ? [request.namespace] : []),
    ...part.times.map((time) => (time === "now" ? now : age)),
    ...(part.ofCode && definitions ? [JSON.stringify(definitions)] : []),
    request.limit,
  ]);
  return { text, params };
}

function searchText(schema: Schema, part: Search, narrowed: boolean): string {
  const using = schema.dialect.using(schema.index(part.index));
  const from = `${schema.tables[part.table].sql} t${using}`;
  const namespace = part.namespaced ? "t.namespace = ? AND " : "";
  const own =
    part.ofCode && narrowed
      ? ` AND t.definition IN (SELECT value FROM ${schema.dialect.listOf("d")})`
      : "";
  return (
    `SELECT '${part.kind}', ${part.columns}, ${part.at} AS at FROM ${from}` +
    ` WHERE ${namespace}${part.where}${own} ORDER BY ${part.order ?? part.at} LIMIT ?`
  );
}

/** Items by kind as asked, the oldest first, at most `limit` of each. */
export function sweepReport(
  request: SweepRequest,
  rows: readonly SqlRow[],
  dbNow: EpochMs,
): SweepReport {
  const found = rows.map(itemOf).sort((a, b) => a.at - b.at);
  const items = [...new Set(request.kinds)].flatMap((kind) =>
    found.filter((item) => item.kind === kind).slice(0, request.limit),
  );
  return { items, dbNow };
}

function itemOf(row: SqlRow): SweepItem {
  const [kind, runId, stageId, mapIndex, generation, id, at] = row as [
    SweepKind,
    string,
    string | null,
    number,
    number,
    string | null,
    number,
  ];
  return {
    kind,
    runId,
    ...(stageId === null ? {} : { stage: { runId, stageId, mapIndex, generation } }),
    ...(id === null ? {} : { id }),
    at,
  };
}
