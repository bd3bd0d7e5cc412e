import { createConnection } from "mariadb";

const COLUMNS = `SELECT table_name, column_name, column_type, is_nullable, column_default
  FROM information_schema.columns WHERE table_schema = database()`;
const INDEXES = `SELECT table_name, index_name, non_unique,
    group_concat(column_name ORDER BY seq_in_index) AS parts
  FROM information_schema.statistics WHERE table_schema = database()
  GROUP BY table_name, index_name, non_unique`;

type Row = readonly (string | number | null)[];

/** What a database has, a line for each column and index, sorted. */
export async function mysqlCatalog(url: string): Promise<readonly string[]> {
  const connection = await createConnection({ ...optionsOf(url), rowsAsArray: true });
  try {
    const columns = (await connection.query<Row[]>(COLUMNS)).map(columnLine);
    const indexes = (await connection.query<Row[]>(INDEXES)).map(
      ([table, name, several, parts]) =>
        `${table} ${Number(several) === 0 ? "unique" : "index"} ${name} (${parts})`,
    );
    return [...columns, ...indexes].sort();
  } finally {
    await connection.end();
  }
}

/** MySQL leaves out the width at which MariaDB shows a number. */
const columnLine = ([table, name, type, nullable, value]: Row): string => {
  const bare = String(type).replace(/^bigint\(\d+\)$/, "bigint");
  const missing = value === null || value === "NULL" ? "none" : value;
  return `${table}.${name} ${bare}${nullable === "NO" ? " NOT NULL" : ""} default ${missing}`;
};

function optionsOf(url: string): Record<string, string | number> {
  const { hostname, port, username, password, pathname } = new URL(url);
  return {
    host: hostname,
    port: Number(port || 3306),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: pathname.slice(1),
  };
}
