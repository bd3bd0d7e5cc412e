import { postgresProgram } from "@pawl/services";
import type { Inserter, InsertRate } from "./inserter.ts";
import { mariadbInserter } from "./mariadb-inserter.ts";
import { byPgbench } from "./pgbench.ts";
import { INSERT_ONE, postgresInserter } from "./postgres-inserter.ts";

/** One row per transaction: how many per second, by pgbench where there is one, else by Node. */
export async function insertsPerS(rate: InsertRate): Promise<number> {
  const program = rate.url.startsWith("postgres") ? postgresProgram("pgbench") : undefined;
  if (program === undefined) return rowsPerS(rate, 1);
  await (await open(rate.url, 1)).close();
  return byPgbench(rate, { program, sql: INSERT_ONE });
}

/** So many rows per statement, each in a transaction of its own, from this process. */
export async function rowsPerS(rate: InsertRate, rows: number): Promise<number> {
  const { url, clients, seconds } = rate;
  const inserters: Inserter[] = [];
  for (let i = 0; i < clients; i += 1) inserters.push(await open(url, rows));
  const startedAt = performance.now();
  const endsAt = startedAt + seconds * 1_000;
  let inserted = 0;
  await Promise.all(
    inserters.map(async ({ insert }) => {
      while (performance.now() < endsAt) {
        await insert();
        inserted += rows;
      }
    }),
  );
  const tookS = (performance.now() - startedAt) / 1_000;
  for (const { close } of inserters) await close();
  return inserted / tookS;
}

/** A connection to a table that is made when it is not there. */
const open = (url: string, rows: number): Promise<Inserter> =>
  url.startsWith("postgres") ? postgresInserter(url, rows) : mariadbInserter(url, rows);
