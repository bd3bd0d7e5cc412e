import { createPool } from "mariadb";
import pg from "pg";

/** Statements of somebody else than the engine, each on whatever connection there is. */
export interface SqlClient {
  /** Rows of one statement, in which each `?` stands for a value. */
  rows<R>(sql: string, values?: readonly unknown[]): Promise<readonly R[]>;
  close(): Promise<void>;
}

const CONNECTIONS_MAX = 2;
const CONNECT_MS_MAX = 2_000;

/** On a PostgreSQL, MariaDB or MySQL server; connects when it is asked, and after a loss again. */
export const sqlClient = (url: string): SqlClient =>
  url.startsWith("postgres") ? postgresClient(url) : mariadbClient(url);

function postgresClient(connectionString: string): SqlClient {
  const pool = new pg.Pool({
    connectionString,
    max: CONNECTIONS_MAX,
    connectionTimeoutMillis: CONNECT_MS_MAX,
  });
  pool.on("error", () => {});
  return {
    rows: async <R>(sql: string, values: readonly unknown[] = []) => {
      let count = 0;
      const text = sql.replace(/\?/g, () => `$${++count}`);
      return (await pool.query(text, [...values])).rows as R[];
    },
    close: () => pool.end(),
  };
}

function mariadbClient(url: string): SqlClient {
  const { hostname, port, username, password, pathname } = new URL(url);
  const pool = createPool({
    host: hostname,
    port: Number(port),
    user: decodeURIComponent(username),
    ...(password === "" ? {} : { password: decodeURIComponent(password) }),
    database: pathname.slice(1),
    connectionLimit: CONNECTIONS_MAX,
    minimumIdle: 0,
    connectTimeout: CONNECT_MS_MAX,
    acquireTimeout: CONNECT_MS_MAX,
    bigIntAsNumber: true,
    decimalAsNumber: true,
  });
  return {
    rows: async <R>(sql: string, values: readonly unknown[] = []) => {
      const rows: unknown = await pool.query(sql, [...values]);
      return Array.isArray(rows) ? (rows as R[]) : [];
    },
    close: () => pool.end(),
  };
}
