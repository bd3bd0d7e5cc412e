import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { StepRow } from "@pawl/kernel/ports";
import type { CrashAccount } from "../report/run-account.ts";
import type { JournalLine } from "./journal.ts";
import { stepOf } from "./records.ts";

/** What was true when the worker was dead and nobody had taken over yet. */
export interface Kill {
  readonly pid: number;
  readonly at: number;
  /** Idempotency keys of the steps that were recorded. */
  readonly finished: readonly string[];
}

const pathOf = (directory: string): string => join(directory, "kill.json");

export const storeKill = (directory: string, kill: Kill): Promise<void> =>
  writeFile(pathOf(directory), JSON.stringify(kill));

/** The kill of this run; undefined when there was none. */
export async function readKill(directory: string): Promise<Kill | undefined> {
  try {
    return JSON.parse(await readFile(pathOf(directory), "utf8")) as Kill;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

export interface CrashEvidence {
  readonly kill: Kill;
  readonly journal: readonly JournalLine[];
  /** Epoch milliseconds of the start of the run. */
  readonly startedAt: number;
}

/** What the kill did, by what the bodies of the steps wrote down themselves. */
export function crashAccount({ kill, journal, startedAt }: CrashEvidence): CrashAccount {
  const [first] = enteredAfter(kill, journal);
  const { finishedAgain, interrupted } = ranAgain(kill, journal);
  return {
    killedPid: kill.pid,
    atMs: kill.at - startedAt,
    successorPid: first?.pid ?? 0,
    resumedAtMs: (first?.at ?? kill.at) - startedAt,
    stepsFinishedBefore: kill.finished.length,
    stepsInterrupted: interrupted.length,
    stepsRunTwice: finishedAgain.map(shortName),
  };
}

/**
 * Steps that both the killed worker and another one entered: those that had a record when it was
 * killed, of which there should be none, and those that had not.
 */
export function ranAgain(
  kill: Kill,
  journal: readonly JournalLine[],
): { readonly finishedAgain: readonly string[]; readonly interrupted: readonly string[] } {
  const finished = new Set(kill.finished);
  const before = journal.filter(({ did, pid }) => did === "entered" && pid === kill.pid);
  const begun = new Set(before.map(({ step }) => step));
  const again = new Set(enteredAfter(kill, journal).map(({ step }) => step));
  return {
    finishedAgain: [...again].filter((step) => finished.has(step)),
    interrupted: [...again].filter((step) => begun.has(step) && !finished.has(step)),
  };
}

const enteredAfter = (kill: Kill, journal: readonly JournalLine[]): readonly JournalLine[] =>
  journal.filter(({ did, pid }) => did === "entered" && pid !== kill.pid);

/** Steps that have more than one record, or a record without a body that came to its end. */
export function unsoundRecords(
  steps: readonly StepRow[],
  journal: readonly JournalLine[],
): readonly string[] {
  const left = new Set(journal.filter(({ did }) => did === "left").map(({ step }) => step));
  const seen = new Set<string>();
  return steps.map(stepOf).filter((step) => {
    const sound = !seen.has(step) && left.has(step);
    seen.add(step);
    return !sound;
  });
}

/** Stage and key of a step, without the run: `analyse-1 docs/errors.md words`. */
export function shortName(step: string): string {
  const [, stage = "", , , ...key] = step.split("/");
  return `${stage} ${key.join("/").replace(/#0$/, "")}`;
}
