import type {
  ClaimedStage,
  CommitPlan,
  HeartbeatReply,
  StageKey,
  StageRow,
} from "@pawl/kernel/ports";
import { isDbInstant, stageKeyText } from "@pawl/kernel/ports";
import type { PortCall } from "../process/port-call.ts";
import type { Complaint } from "./changes.ts";

/** A plan that took effect, at an instant of database time. */
export interface AppliedPlan {
  readonly plan: CommitPlan;
  readonly dbNow: number;
}

/** Until when sessions keep what they run, by what they asked for and were told: I7, I11, I14. */
export class Leases {
  readonly #until = new Map<string, number>();
  readonly #gone = new Set<string>();

  /** Sessions that were declared gone by now. */
  get gone(): ReadonlySet<string> {
    return new Set(this.#gone);
  }

  renewed({ beat }: PortCall, { alive, dbNow }: HeartbeatReply): void {
    if (beat && alive) this.#until.set(beat.session, dbNow + beat.ttlMs);
  }

  applied({ plan, dbNow }: AppliedPlan): readonly Complaint[] {
    for (const write of plan.writes) {
      if (write.op !== "insert" && write.op !== "update") continue;
      if (write.table !== "workers") continue;
      const { id } = (write.op === "insert" ? write.row : write.key) as { readonly id: string };
      const { expiresAt, status } = write.op === "insert" ? write.row : write.set;
      if (status === "gone") this.#gone.add(id);
      if (expiresAt === undefined) continue;
      this.#until.set(id, isDbInstant(expiresAt) ? dbNow + expiresAt.dbNow : expiresAt);
    }
    return plan.writes.flatMap((write): readonly Complaint[] => {
      if (write.op !== "insert" || write.table !== "attempts") return [];
      const { outcome, session } = write.row;
      const leftMs = (this.#until.get(session ?? "") ?? 0) - dbNow;
      if (outcome !== "lost" || leftMs <= 0) return [];
      return [
        [
          "I11",
          `${stageKeyText(write.row as StageKey)} was taken ${leftMs} ms before its lease ends`,
        ],
      ];
    });
  }

  /** A suspect is claimed alone; `stages` are those of every run, as they are now. */
  claimed(claimed: readonly ClaimedStage[], stages: Iterable<StageRow>): readonly Complaint[] {
    const suspect = claimed.find(({ stage }) => stage.suspect)?.stage;
    if (!suspect) return [];
    const name = stageKeyText(suspect);
    const beside = [...stages].find(
      (row) =>
        row.session === suspect.session && row.status === "running" && stageKeyText(row) !== name,
    );
    if (!beside) return [];
    return [["I14", `${name}, a suspect, was claimed beside ${stageKeyText(beside)}`]];
  }
}

/** Stages that run under sessions which were gone before the stages were read: nobody runs them. */
export const runUnderNobody = (
  stages: readonly StageRow[],
  gone: ReadonlySet<string>,
): readonly Complaint[] =>
  stages
    .filter((row) => row.status === "running" && gone.has(row.session ?? ""))
    .map((row) => ["I7", `${stageKeyText(row)} runs under ${row.session}, which is gone`] as const);
