import pg from "pg";
import type { Inserter } from "./inserter.ts";

const TABLE = `CREATE TABLE IF NOT EXISTS inserts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  run text NOT NULL, name text NOT NULL, output jsonb, at timestamptz NOT NULL DEFAULT now())`;

export const INSERT_ONE: string = `INSERT INTO inserts (run, name, output)
  VALUES ('run', 'step', '{"step": 1, "ok": true}')`;

const INSERT_MANY = `INSERT INTO inserts (run, name, output) SELECT run, name, output
  FROM jsonb_to_recordset($1::jsonb) AS r (run text, name text, output jsonb)`;

export async function postgresInserter(url: string, rows: number): Promise<Inserter> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query(TABLE);
  const row = { run: "run", name: "step", output: { step: 1, ok: true } };
  const many = { name: "insert", text: INSERT_MANY };
  const all = Array.from({ length: rows }, () => row);
  return {
    insert: async () => {
      if (rows === 1) await client.query({ name: "insert", text: INSERT_ONE });
      else await client.query({ ...many, values: [JSON.stringify(all)] });
    },
    close: () => client.end(),
  };
}
