import { createConnection } from "mariadb";
import type { Inserter } from "./inserter.ts";

const TABLE = `CREATE TABLE IF NOT EXISTS inserts (
  id bigint AUTO_INCREMENT PRIMARY KEY, run varchar(64) NOT NULL, name varchar(64) NOT NULL,
  output text, at timestamp(3) NOT NULL DEFAULT now(3))`;
const ROW = ["run", "step", '{"step": 1, "ok": true}'] as const;

export async function mariadbInserter(url: string, rows: number): Promise<Inserter> {
  const connection = await createConnection(url);
  await connection.query(TABLE);
  const places = Array.from({ length: rows }, () => "(?, ?, ?)").join(", ");
  const sql = `INSERT INTO inserts (run, name, output) VALUES ${places}`;
  const values = Array.from({ length: rows }, () => ROW).flat();
  return {
    insert: async () => {
      await connection.execute(sql, values);
    },
    close: () => connection.end(),
  };
}
