import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";

export interface ProcessReport {
  readonly value?: unknown;
  readonly error?: { readonly name: string; readonly code?: string; readonly message: string };
}

const SCRIPTS = {
  "claim-all": new URL("./processes/claim-all.ts", import.meta.url),
  "open-file": new URL("./processes/open-file.ts", import.meta.url),
  "raise-rev": new URL("./processes/raise-rev.ts", import.meta.url),
};

/** Runs a script of `processes/` in a process of its own, optionally as another user. */
export function runProcess(
  name: keyof typeof SCRIPTS,
  args: readonly string[],
  user?: number,
): Promise<ProcessReport> {
  const script = fileURLToPath(SCRIPTS[name]);
  const options = user === undefined ? {} : { uid: user, gid: user };
  return new Promise((resolve, reject) => {
    const command = ["--conditions=source", script, ...args];
    execFile(process.execPath, command, options, (error, stdout, stderr) => {
      const line = stdout.trim().split("\n").at(-1);
      if (line) resolve(JSON.parse(line));
      else reject(error ?? new Error(`${name} said nothing: ${stderr}`));
    });
  });
}
