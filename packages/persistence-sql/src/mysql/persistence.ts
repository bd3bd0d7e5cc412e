import type { CommitResult, Persistence } from "@pawl/kernel/ports";
import { heartbeatDescriptor } from "../heartbeat-descriptor.ts";
import { boundPersistence } from "./bound-persistence.ts";
import { claimStages } from "./claims.ts";
import { commitPlans } from "./commit-plans.ts";
import { beatSession, deadSessions } from "./heartbeats.ts";
import { readMemo } from "./memo.ts";
import { mysqlQueries } from "./queries.ts";
import { loadSnapshot } from "./snapshots.ts";
import type { MysqlStore } from "./store.ts";
import { sweep } from "./sweeps.ts";
import { ackDispatch, ackIntents, takeRows } from "./takes.ts";

/** The port over an open, migrated database of MariaDB or MySQL. */
export function mysqlPersistence(store: MysqlStore): Persistence {
  const { connections, schema, maxRowBytes } = store;
  return {
    capabilities: {
      atomic: true,
      interactiveTransactions: true,
      notify: false,
      skipLocked: true,
      commitLanes: 4,
      maxRowBytes,
      maxParams: 65_535,
    },
    query: mysqlQueries(connections, schema),
    load: (runId, need) =>
      connections.use("load", (session) => loadSnapshot(store, session, { runId, need })),
    commit: async (plan) => {
      const [result] = await commitPlans(store, "commit", [plan]);
      return result as CommitResult;
    },
    commitMany: (plans) => commitPlans(store, "commitMany", plans),
    claim: (request) =>
      connections.use("claim", async (session) => {
        if (request.definitions.length === 0 || request.limit < 1) return [];
        return claimStages(store, session, request);
      }),
    memoPage: (stage, afterSeq, bounds) =>
      connections.use("memoPage", (session) =>
        readMemo(store, session, { stage, afterSeq, bounds }),
      ),
    heartbeat: (ref, beat) =>
      connections.use("heartbeat", (session) => beatSession(store, session, { ref, beat })),
    heartbeatDescriptor: () => store.place && heartbeatDescriptor(store.place),
    deadSessions: (namespace) =>
      connections.use("deadSessions", (session) => deadSessions(store, session, namespace)),
    sweep: (request) => connections.use("sweep", (session) => sweep(store, session, request)),
    takeIntents: (request) =>
      connections.use("takeIntents", (session) =>
        takeRows(store, session, { name: "intents", request }),
      ),
    takeDispatch: (request) =>
      connections.use("takeDispatch", (session) =>
        takeRows(store, session, { name: "dispatch", request }),
      ),
    ackIntents: (ids) =>
      connections.use("ackIntents", (session) => ackIntents(store, session, ids)),
    ackDispatch: (acks) =>
      connections.use("ackDispatch", (session) => ackDispatch(store, session, acks)),
    bind: (transaction) => boundPersistence(store, transaction),
    close: () => connections.close(),
  };
}
