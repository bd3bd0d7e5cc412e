import type { CommitPlan, Row, Write } from "@pawl/kernel/ports";

let plans = 0;

/** A plan with an identity of its own; parts not given are empty. */
export const planOf = (part: Partial<CommitPlan>): CommitPlan => {
  plans += 1;
  const empty = { guards: [], writes: [], events: [], intents: [], dispatch: [] };
  return { commitId: `plan ${plans}`, ...empty, ...part };
};

export const session: Row<"workers"> = {
  id: "session",
  namespace: "default",
  workerId: "worker",
  epoch: 1,
  version: 1,
  status: "active",
  expiresAt: 9_000,
  host: "host",
  pid: 1,
  build: "build",
  queues: ["main"],
  definitions: [],
  labels: { zone: "a" },
  load: 0,
  startedAt: 1,
  beatAt: 1,
  lockName: null,
};

export const insertSession = (part: object = {}): Write =>
  ({ op: "insert", table: "workers", row: { ...session, ...part } }) as Write;

export const intent: Row<"intents"> = {
  id: "intent",
  namespace: "default",
  runId: "run",
  command: "run.cancel",
  data: {},
  tries: 0,
  visibleAt: 0,
  createdAt: 0,
};
