import { EngineError } from "@pawl/kernel";
import type { EpochMs, SweepItem, SweepKind, SweepReport, SweepRequest } from "@pawl/kernel/ports";
import type { Now } from "../dialects/dialect.ts";
import type { Schema } from "./schema.ts";
import type { Read, SqlRow, SqlValue } from "./statement.ts";
import { type Search, searchesOf } from "./sweep-searches.ts";

/** All kinds asked for in one read, each part bounded and served by its own index. */
export function sweepStatement(schema: Schema, request: SweepRequest, now: Now): Read {
  const parts = searchesOf(schema).filter(({ kind }) => request.kinds.includes(kind));
  if (parts.length === 0) {
    throw new EngineError("E_ARGUMENT_INVALID", `no sweep kind in ${request.kinds.join(", ")}`);
  }
  const { dialect } = schema;
  const { definitions } = request;
  const shape = `sweep ${definitions ? "own " : ""}${parts.map(({ index }) => index).join()}`;
  const text = schema.text(shape, () =>
    parts
      .map((part) => `SELECT * FROM (${searchText(schema, part, definitions !== undefined)}) p`)
      .join(" UNION ALL "),
  );
  const instant = dialect.nowParams(now);
  const params = parts.flatMap((part): SqlValue[] => [
    ...(part.namespaced ? [request.namespace] : []),
    ...timesOf(part).flatMap((time) =>
      time === ":now" ? instant : [...instant, request.olderThanMs ?? 0],
    ),
    ...(part.ofCode && definitions ? [dialect.list(definitions)] : []),
    request.limit,
  ]);
  return { text, params, columns: COLUMNS };
}

const COLUMNS = ["kind", "run_id", "stage_id", "map_index", "generation", "id", "at"];
const KINDS = ["text", "text", "int", "int", "text"] as const;

const timesOf = ({ where }: Search): readonly string[] => where.match(/:(now|age)\b/g) ?? [];

const conditionOf = ({ dialect }: Schema, { where }: Search): string =>
  where
    .replaceAll(":now", dialect.now)
    .replaceAll(":age", `${dialect.now} - ?`)
    .replaceAll(":yes", dialect.flag(true))
    .replaceAll(":no", dialect.flag(false));

function searchText(schema: Schema, part: Search, narrowed: boolean): string {
  const using = schema.dialect.using(schema.index(part.index));
  const from = `${schema.tables[part.table].sql} t${using}`;
  const namespace = part.namespaced ? "t.namespace = ? AND " : "";
  const own = part.ofCode && narrowed ? ` AND ${schema.dialect.isIn("t.definition", "text")}` : "";
  const { dialect } = schema;
  const columns = part.columns.map((one, at) => one ?? dialect.nothing(KINDS[at] ?? "text"));
  const named = columns.map((column, at) => `${column} AS ${COLUMNS[at + 1]}`);
  const where = `${namespace}${conditionOf(schema, part)}${own}`;
  return (
    `SELECT '${part.kind}' AS kind, ${named.join(", ")}, ${part.at} AS at FROM ${from}` +
    ` WHERE ${where} ORDER BY ${part.order ?? part.at} LIMIT ?`
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
