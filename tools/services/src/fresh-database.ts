import { randomBytes } from "node:crypto";
import { createConnection } from "mariadb";
import pg from "pg";

export interface FreshDatabase {
  readonly name: string;
  readonly url: string;
  /** Whoever is still connected is thrown out. */
  drop(): Promise<void>;
}

/** An empty database of a PostgreSQL, MariaDB or MySQL server, with a name nobody else has. */
export async function freshDatabase(server: { readonly url: string }): Promise<FreshDatabase> {
  const name = `pawl_${randomBytes(8).toString("hex")}`;
  const of = server.url.startsWith("postgres") ? POSTGRES : MARIADB;
  await of.run(server.url, of.create(name));
  const url = new URL(server.url);
  url.pathname = `/${name}`;
  return { name, url: url.href, drop: () => of.run(server.url, of.drop(name)) };
}

const POSTGRES = {
  create: (name: string) => `CREATE DATABASE ${name} TEMPLATE template0`,
  drop: (name: string) => `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`,
  run: async (url: string, sql: string): Promise<void> => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(sql).finally(() => client.end());
  },
};

const MARIADB = {
  create: (name: string) => `CREATE DATABASE ${name}`,
  drop: (name: string) => `DROP DATABASE IF EXISTS ${name}`,
  run: async (url: string, sql: string): Promise<void> => {
    const connection = await createConnection(url);
    await connection.query(sql).finally(() => connection.end());
  },
};
