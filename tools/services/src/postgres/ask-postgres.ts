import pg from "pg";

/** Rows of one statement, on a connection of its own. */
export async function askPostgres<Row extends object>(
  url: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<readonly Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const asked = client.query<Row>(text, [...values]).finally(() => client.end());
  return (await asked).rows;
}
