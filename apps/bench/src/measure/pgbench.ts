import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { InsertRate } from "./inserter.ts";

/** How often per second a program of PostgreSQL's carries out a statement, prepared. */
export function byPgbench(
  { url, clients, seconds }: InsertRate,
  { program, sql }: { readonly program: string; readonly sql: string },
): number {
  const folder = mkdtempSync(join(tmpdir(), "pawl-pgbench-"));
  const script = join(folder, "insert.sql");
  writeFileSync(script, `${sql};\n`);
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
