import { createConnection, createPool } from "mariadb";
import { bareOnServer, CONNECTIONS } from "../bare-on-server.ts";
import type { Engine } from "../engine.ts";

const TABLE = `CREATE TABLE steps (
  run_id varchar(64) NOT NULL, \`key\` varchar(64) NOT NULL, output text,
  at timestamp(3) NOT NULL DEFAULT now(3), PRIMARY KEY (run_id, \`key\`))`;
const INSERT = "INSERT INTO steps (run_id, `key`, output) VALUES (?, ?, ?)";

export const bareMariadbEngine: Engine = bareOnServer(
  {
    store: "mariadb",
    title: "bare mariadb",
    package: "mariadb",
    prepare: async ({ url }) => {
      const connection = await createConnection(url);
      await connection.query(TABLE);
      await connection.end();
      return async () => {};
    },
  },
  (url) => {
    const pool = createPool(poolOf(url));
    return {
      insert: async (...values) => {
        await pool.execute(INSERT, values);
      },
      close: () => pool.end(),
    };
  },
);

/** Connections come one by one, so that a single client pays for no more than its own. */
function poolOf(url: string) {
  const { hostname, port, username, pathname } = new URL(url);
  return {
    host: hostname,
    port: Number(port),
    user: username,
    database: pathname.slice(1),
    connectionLimit: CONNECTIONS,
    minimumIdle: 0,
    noControlAfterUse: true,
  };
}
