import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { runCli } from "../src/cli/run-cli.ts";

const MIGRATIONS = new URL("../../../prisma/sqlite/migrations/", import.meta.url);

/** Number of the newest migration. */
export const NEWEST: number = readdirSync(MIGRATIONS).length;

const CLI = fileURLToPath(new URL("../src/cli.ts", import.meta.url));

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly complaint: string;
}

/** Runs `pawl` in a process of its own, in a folder and an environment without a database. */
export function runPawl(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const { PAWL_DATABASE_URL: _, DATABASE_URL: __, ...rest } = process.env;
  const command = ["--conditions=source", CLI, ...args];
  return new Promise((resolve) => {
    const options = { env: { ...rest, NODE_NO_WARNINGS: "1", ...env } };
    execFile(process.execPath, command, options, (error, out, complaint) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), out, complaint });
    });
  });
}

/** A command line in this process, its lines apart. */
export async function runHere(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number; said: readonly string[]; complaint: string }> {
  const said: string[] = [];
  const complained: string[] = [];
  const code = await runCli(args, {
    env,
    out: (line) => said.push(line),
    complain: (line) => complained.push(line),
  });
  return { code, said, complaint: complained.join("\n") };
}
