import pg from "pg";
import { bareOnServer, CONNECTIONS } from "../bare-on-server.ts";
import type { Engine } from "../engine.ts";

const TABLE = `CREATE TABLE steps (
  run_id text NOT NULL, key text NOT NULL, output jsonb, at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (run_id, key))`;
const INSERT = {
  name: "insert",
  text: "INSERT INTO steps (run_id, key, output) VALUES ($1, $2, $3)",
};

export const barePostgresEngine: Engine = bareOnServer(
  {
    store: "postgres",
    title: "bare pg",
    package: "pg",
    prepare: async ({ url }) => {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      await client.query(TABLE);
      await client.end();
      return async () => {};
    },
  },
  (url) => {
    const pool = new pg.Pool({ connectionString: url, max: CONNECTIONS });
    return {
      insert: async (...values) => {
        await pool.query({ ...INSERT, values });
      },
      close: () => pool.end(),
    };
  },
);
