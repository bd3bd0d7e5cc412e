import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { postgresProgram } from "@pawl/services";
import pg from "pg";

export interface InsertRate {
  readonly url: string;
  readonly clients: number;
  readonly seconds: number;
}

const TABLE = `CREATE TABLE IF NOT EXISTS inserts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  run text NOT NULL, name text NOT NULL, output jsonb, at timestamptz NOT NULL DEFAULT now())`;
const VALUES = `'run', 'step', '{"step": 1, "ok": true}'`;
const INSERT = `INSERT INTO inserts (run, name, output) VALUES (${VALUES})`;

/** One row per transaction: how many per second, by pgbench, or where it is absent by us. */
export async function insertsPerS(rate: InsertRate): Promise<number> {
  const setup = new pg.Client(rate.url);
  await setup.connect();
  await setup.query(TABLE);
  await setup.end();
  const program = postgresProgram("pgbench");
  return program === undefined ? byOurselves(rate) : byPgbench(program, rate);
}

function byPgbench(program: string, { url, clients, seconds }: InsertRate): number {
  const folder = mkdtempSync(join(tmpdir(), "pawl-pgbench-"));
  const script = join(folder, "insert.sql");
  writeFileSync(script, `${INSERT};\n`);
  const { hostname, port, username, pathname } = new URL(url);
  const options = ["-n", "-M", "prepared", "-f", script, "-T", `${seconds}`];
  const { stdout, stderr } = spawnSync(
    program,
    [
      ...["-h", hostname, "-p", port, "-U", username],
      ...["-c", `${clients}`, "-j", `${Math.min(2, clients)}`, ...options, pathname.slice(1)],
    ],
    { encoding: "utf8" },
  );
  rmSync(folder, { recursive: true });
  const found = /tps = ([\d.]+) \(without/.exec(stdout)?.[1];
  if (found === undefined) throw new Error(`pgbench: ${stdout}${stderr}`);
  return Number(found);
}

async function byOurselves({ url, clients, seconds }: InsertRate): Promise<number> {
  const endsAt = performance.now() + seconds * 1_000;
  let inserted = 0;
  const one = async (): Promise<void> => {
    const client = new pg.Client(url);
    await client.connect();
    while (performance.now() < endsAt) {
      await client.query({ name: "insert", text: INSERT });
      inserted += 1;
    }
    await client.end();
  };
  await Promise.all(Array.from({ length: clients }, one));
  return inserted / seconds;
}
