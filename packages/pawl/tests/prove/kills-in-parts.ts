import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { summed } from "./figures.ts";
import { type KillsOptions, type KillsReport, tellKills } from "./kills.ts";
import type { ProveOptions } from "./options.ts";
import { onQueue } from "./queue-of-fleet.ts";
import { onDatabase } from "./server-of-proof.ts";

export interface Kept {
  /** Folder of the parts that were told at this state of the code; undefined keeps none. */
  readonly folder: string | undefined;
  say(text: string): void;
}

const EVERY_MS = [1_000, 3_000] as const;
const OPEN_RUNS_MIN = 120;
const ENDS_WITHIN_MS = 300_000;

/** Tells the range of kills part by part, but for those parts that are kept, and sums them up. */
export async function tellKillsInParts(
  options: ProveOptions,
  kept: Kept,
  signal: AbortSignal,
): Promise<KillsReport> {
  let sum: KillsReport | undefined;
  for (let part = 1; part <= options.parts; part++) {
    const given = optionsOf(options, part);
    const path = kept.folder && join(kept.folder, `${fingerprint(options, given)}.json`);
    const known = path && existsSync(path) ? readFileSync(path, "utf8") : undefined;
    const name = `kills, part ${part} of ${options.parts}`;
    kept.say(known ? `${name}: told before` : `${name} …`);
    const report =
      known === undefined
        ? await tellPart(options, { ...given, signal })
        : (JSON.parse(known) as KillsReport);
    if (path && report.violations.length === 0) keep(path, report);
    sum = sum ? summed(sum, report) : report;
  }
  return sum as KillsReport;
}

const tellPart = ({ database, queue }: ProveOptions, given: KillsOptions): Promise<KillsReport> =>
  onDatabase(database, (on) => onQueue(queue, (its) => tellKills({ ...given, on, queue: its })));

const share = (all: number, part: number, parts: number): number =>
  Math.floor((all * part) / parts) - Math.floor((all * (part - 1)) / parts);

function optionsOf(options: ProveOptions, part: number): KillsOptions {
  const { workers, runs, kills, restarts, queueCrashes, parts, seed, deathNotice } = options;
  return {
    workers,
    runs: share(runs, part, parts),
    kills: share(kills, part, parts),
    restarts: share(restarts, part, parts),
    queueCrashes: share(queueCrashes, part, parts),
    apart: !deathNotice,
    seed: seed + part - 1,
    everyMs: EVERY_MS,
    openRunsMin: OPEN_RUNS_MIN,
    endsWithinMs: ENDS_WITHIN_MS,
  };
}

const fingerprint = ({ database, queue }: ProveOptions, given: KillsOptions): string =>
  createHash("sha256")
    .update(JSON.stringify([database, queue, given]))
    .digest("hex")
    .slice(0, 16);

function keep(path: string, report: KillsReport): void {
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(`${path}.new`, JSON.stringify(report));
  renameSync(`${path}.new`, path);
}
