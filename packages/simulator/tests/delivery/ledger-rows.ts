import { type Persistence, type Row, TABLES, type TableName } from "@pawl/kernel/ports";

const PAGE = 1_000;
const READ = ["runs", "stages", "events", "steps", "waits", "dispatch", "attempts"] as const;
const EMPTY = { slots: [], definitions: [] } as const;

export type LedgerRows = { readonly [T in (typeof READ)[number]]: readonly Row<T>[] } & {
  readonly slots: readonly Row<"slots">[];
  readonly definitions: readonly Row<"definitions">[];
};

/** All that a database says of its runs. */
export async function ledgerRows(persistence: Persistence): Promise<LedgerRows> {
  const tables = await Promise.all(
    READ.map(async (table) => [table, await rowsOf(persistence, table)]),
  );
  return { ...Object.fromEntries(tables), ...EMPTY };
}

async function rowsOf<T extends TableName>(
  { query }: Persistence,
  table: T,
): Promise<readonly Row<T>[]> {
  const rows: Row<T>[] = [];
  for (let after: readonly (string | number)[] | undefined; ; ) {
    const page = await query.find({ table, where: {}, limit: PAGE, ...(after ? { after } : {}) });
    rows.push(...page);
    const last = page.at(-1) as Record<string, string | number> | undefined;
    if (!last || page.length < PAGE) return rows;
    after = TABLES[table].key.map((column) => last[column] as string | number);
  }
}
