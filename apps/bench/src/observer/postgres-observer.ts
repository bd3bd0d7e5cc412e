import pg from "pg";
import { OBSERVER, type Observer } from "./observer.ts";

export async function observePostgres(at: URL): Promise<Observer> {
  const url = new URL(at);
  url.username = OBSERVER;
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  const firsts = async (text: string): Promise<readonly unknown[]> => {
    const { rows } = await client.query<unknown[]>({ text, rowMode: "array" });
    return rows.map(([first]) => first);
  };
  return {
    count: async (sql) => Number((await firsts(sql))[0]),
    list: async (sql) => (await firsts(sql)).map(String),
    close: () => client.end(),
  };
}
