import type { StepRow } from "@pawl/kernel/ports";
import { crashAccount, type Kill, ranAgain, shortName, unsoundRecords } from "../evidence/crash.ts";
import type { JournalLine } from "../evidence/journal.ts";
import { counted, shownCount, shownDuration } from "../shown.ts";
import type { ReportWritten } from "../workflow/report-stage.ts";

/** What was found, in sentences. */
export function findings(written: ReportWritten): readonly string[] {
  const { documents, leftOut, words, links, broken, closest } = written;
  const faults = broken === 0 ? "none broken" : `${shownCount(broken)} broken`;
  return [
    `${counted(documents, "document")}, ${counted(words, "word")}, ` +
      `${counted(links, "link")}, ${faults}`,
    ...(leftOut > 0 ? [`${shownCount(leftOut)} left out; the report says why`] : []),
    ...(closest
      ? [`most alike: ${closest.a} and ${closest.b} (${Math.round(closest.cosine * 100)} %)`]
      : []),
  ];
}

export interface Evidence {
  readonly steps: readonly StepRow[];
  readonly journal: readonly JournalLine[];
  readonly startedAt: number;
  readonly kill: Kill | undefined;
  /** A worker was to be killed. */
  readonly killWanted: boolean;
}

export interface Verdict {
  readonly holds: boolean;
  readonly lines: readonly string[];
}

/** Holds what the bodies wrote down against what the engine recorded. */
export function verdictOn({ steps, journal, startedAt, kill, killWanted }: Evidence): Verdict {
  const unsound = unsoundRecords(steps, journal);
  const recorded = `${counted(steps.length, "step")} recorded`;
  const records =
    unsound.length === 0
      ? `${recorded}, each once, each by a body that ran to its end`
      : `${recorded}, of which unsound: ${unsound.map(shortName).join(", ")}`;
  if (!kill) {
    const early = "the run ended before its worker could be killed; give it more documents";
    const lines = killWanted ? [records, early] : [records];
    return { holds: unsound.length === 0 && !killWanted, lines };
  }
  const crash = crashAccount({ kill, journal, startedAt });
  const { interrupted: cut } = ranAgain(kill, journal);
  const { stepsRunTwice: twice } = crash;
  const finished = counted(crash.stepsFinishedBefore, "step");
  return {
    holds: unsound.length === 0 && twice.length === 0,
    lines: [
      records,
      `worker ${crash.killedPid} was killed at ${shownDuration(crash.atMs)}; ` +
        `worker ${crash.successorPid} went on ` +
        `${shownDuration(crash.resumedAtMs - crash.atMs)} later`,
      twice.length === 0
        ? `no finished step ran twice: ${finished} had been recorded, and none was done again`
        : `${counted(twice.length, "finished step")} ran twice: ${twice.join(", ")}`,
      cut.length === 0
        ? "no step was under way at the kill"
        : `under way at the kill, and therefore run again: ${few(cut.map(shortName))}`,
    ],
  };
}

const NAMED_MAX = 3;

const few = (names: readonly string[]): string =>
  names.length > NAMED_MAX
    ? `${names.slice(0, NAMED_MAX).join(", ")}, and ${names.length - NAMED_MAX} more`
    : names.join(", ");
