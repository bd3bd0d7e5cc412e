import type {
  Heartbeat,
  HeartbeatReply,
  SessionRef,
  StageRow,
  WorkerRow,
} from "@pawl/kernel/ports";
import { stageKeyOf } from "@pawl/kernel/ports";
import { allRows, getRow, putRow, type Tables } from "./tables.ts";

/** What a heartbeat is made of. */
export interface HeartbeatParts {
  readonly alive: (worker: WorkerRow, session: SessionRef) => boolean;
  readonly renewed: (worker: WorkerRow, beat: Heartbeat, dbNow: number) => WorkerRow;
  readonly owned: (stage: StageRow, session: SessionRef) => boolean;
}

export const heartbeatParts: HeartbeatParts = {
  alive: ({ epoch, status }, session) => epoch === session.epoch && status !== "gone",
  renewed: (worker, { ttlMs, load }, dbNow) => ({
    ...worker,
    expiresAt: dbNow + ttlMs,
    beatAt: dbNow,
    lockName: null,
    load,
    version: worker.version + 1,
  }),
  owned: (stage, { id, epoch }) =>
    stage.session === id && stage.sessionEpoch === epoch && stage.status === "running",
};

interface Beat {
  readonly session: SessionRef;
  readonly beat: Heartbeat;
  readonly dbNow: number;
}

/** Renews a session that is still there and answers what it owns. */
export function beatSession(
  parts: HeartbeatParts,
  tables: Tables,
  { session, beat, dbNow }: Beat,
): HeartbeatReply {
  const worker = getRow(tables, "workers", { id: session.id });
  if (!worker || !parts.alive(worker, session)) {
    return { alive: false, draining: false, owned: [], expiresAt: dbNow, dbNow };
  }
  const { id, epoch } = session;
  const renewed = parts.renewed(worker, beat, dbNow);
  putRow(tables, "workers", renewed);
  const owned = allRows(tables, "stages")
    .filter((stage) => parts.owned(stage, { id, epoch }))
    .map((stage) => ({
      key: stageKeyOf(stage),
      fence: stage.fence,
      held: stage.held,
      inbox: getRow(tables, "runs", { id: stage.runId })?.inbox ?? 0,
    }));
  return {
    alive: true,
    draining: renewed.status === "draining",
    owned,
    expiresAt: renewed.expiresAt,
    dbNow,
  };
}
