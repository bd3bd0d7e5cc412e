import { createConnection } from "mariadb";
import { OBSERVER, type Observer } from "./observer.ts";

export async function observeMariadb(at: URL): Promise<Observer> {
  const url = new URL(at);
  url.username = OBSERVER;
  const connection = await createConnection(url.href);
  const firsts = async (sql: string): Promise<readonly unknown[]> => {
    const rows: unknown = await connection.query({ sql, rowsAsArray: true });
    return Array.isArray(rows) ? rows.map(([first]) => first) : [];
  };
  return {
    count: async (sql) => Number((await firsts(sql))[0]),
    list: async (sql) => (await firsts(sql)).map(String),
    close: () => connection.end(),
  };
}
