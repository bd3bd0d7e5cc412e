import type { SweepKind } from "@pawl/kernel/ports";
import { type HeartbeatParts, heartbeatParts } from "../../src/heartbeat.ts";
import { type SweepAt, type SweepParts, type Sweeps, sweepParts } from "../../src/sweep.ts";
import { allRows, newTables, putRow, type Tables } from "../../src/tables.ts";
import { type TakeParts, takeParts, takeRows } from "../../src/take.ts";
import { type Mutant, replace, wrap } from "./mutant.ts";

const beat = (name: string, change: Partial<HeartbeatParts>, clause = "BEAT-1"): Mutant => ({
  name: `a heartbeat ${name}`,
  clause,
  mutate: replace("heartbeat", change),
});

const renews = (name: string, change: object): Mutant =>
  beat(name, {
    renewed: (...given) => ({ ...heartbeatParts.renewed(...given), ...change }),
  });

export const HEARTBEAT_MUTANTS: readonly Mutant[] = [
  beat("prolongs instead of setting the expiry", {
    renewed: (worker, one, dbNow) => ({
      ...heartbeatParts.renewed(worker, one, dbNow),
      expiresAt: worker.expiresAt + one.ttlMs,
    }),
  }),
  renews("does not tell its load", { load: 0 }),
  renews("does not tell its instant", { beatAt: 0 }),
  renews("leaves the version", { version: 7 }),
  renews("ends draining", { status: "active" }),
  beat("owns what others run", {
    owned: ({ status }) => status === "running",
  }),
  beat("owns what its earlier epoch ran", {
    owned: (stage, { id }) => stage.session === id && stage.status === "running",
  }),
  beat("owns what has left it", {
    owned: ({ session, sessionEpoch }, { id, epoch }) => session === id && sessionEpoch === epoch,
  }),
  beat("owns nothing", { owned: () => false }),
  beat(
    "revives a session that is gone",
    {
      alive: ({ epoch }, session) => epoch === session.epoch,
    },
    "BEAT-2",
  ),
  beat("serves an old epoch", { alive: ({ status }) => status !== "gone" }, "BEAT-2"),
  {
    name: "a heartbeat of an unknown session is well",
    clause: "BEAT-2",
    mutate: wrap(({ heartbeat }) => ({
      heartbeat: async (...given) => ({ ...(await heartbeat(...given)), alive: true }),
    })),
  },
];

const KINDS = Object.keys(sweepParts.kinds) as SweepKind[];
const AGED = ["undispatched", "commitsOld", "tombstones"];
const UNDATED = ["joinReady", "undelivered", "stranded"];

const sweep = (name: string, clause: string, change: Partial<SweepParts>): Mutant => ({
  name: `sweep ${name}`,
  clause,
  mutate: replace("sweep", change),
});

const kind = (name: SweepKind, { clause, says, change }: Changed): Mutant => ({
  name: `sweep ${name} ${says}`,
  clause: clause === "SWEEP-1" ? `SWEEP-1 ${name}` : `SWEEP-2 ${name}`,
  mutate: replace("sweep", ({ kinds }) => ({
    kinds: { ...kinds, [name]: (tables: Tables, at: SweepAt) => change(kinds[name], tables, at) },
  })),
});

interface Changed {
  readonly clause: "SWEEP-1" | "SWEEP-2";
  readonly says: string;
  readonly change: (
    whole: Sweeps[SweepKind],
    tables: Tables,
    at: SweepAt,
  ) => ReturnType<Sweeps[SweepKind]>;
}

const FINDS_NOTHING: Changed = { clause: "SWEEP-2", says: "finds nothing", change: () => [] };

const FINDS_ANYTHING: Changed = {
  clause: "SWEEP-2",
  says: "finds anything",
  change: (whole, tables, at) => {
    const found = whole(tables, at);
    return found.length > 0 ? found : [{ runId: "run", at: 0 }];
  },
};

const BEFORE_TIME: Changed = {
  clause: "SWEEP-1",
  says: "looks at no clock",
  change: (whole, tables, at) =>
    whole(tables, { ...at, dbNow: Number.MAX_SAFE_INTEGER, before: Number.MAX_SAFE_INTEGER }),
};

const EVERY_NAMESPACE: Changed = {
  clause: "SWEEP-1",
  says: "looks at every namespace",
  change: (whole, tables, at) => whole(tables, { ...at, namespace: "default" }),
};

const EVERY_DEFINITION: Changed = {
  clause: "SWEEP-2",
  says: "looks at every definition",
  change: (whole, tables, at) => whole(tables, { ...at, definitions: undefined }),
};

const CHANGES: Changed = {
  clause: "SWEEP-2",
  says: "changes what it finds",
  change: (whole, tables, at) => {
    const found = whole(tables, at);
    for (const run of allRows(tables, "runs")) {
      putRow(tables, "runs", { ...run, reason: "swept" });
    }
    for (const row of allRows(tables, "commits")) putRow(tables, "commits", { ...row, at: 0 });
    return found;
  },
};

export const SWEEP_MUTANTS: readonly Mutant[] = [
  ...KINDS.flatMap((name) => [
    kind(name, FINDS_NOTHING),
    kind(name, FINDS_ANYTHING),
    kind(name, CHANGES),
    ...(UNDATED.includes(name) || name === "undispatched" ? [] : [kind(name, BEFORE_TIME)]),
    ...(name === "commitsOld" || name === "tombstones" ? [] : [kind(name, EVERY_NAMESPACE)]),
  ]),
  kind("joinReady", EVERY_DEFINITION),
  kind("stranded", EVERY_DEFINITION),
  ...AGED.map((name) => kind(name as SweepKind, { ...BEFORE_TIME, clause: "SWEEP-2" })),
  sweep("is not bounded", "SWEEP-1", { limit: () => 1_000 }),
  sweep("does not go oldest first", "SWEEP-1", { order: () => 0 }),
];

const take = (name: string, change: Partial<TakeParts>): Mutant => ({
  name: `take ${name}`,
  clause: "TAKE-1",
  mutate: replace("take", change),
});

export const TAKE_MUTANTS: readonly Mutant[] = [
  take("takes what is hidden", {
    visible: ({ namespace }, request) => namespace === request.namespace,
  }),
  take("looks at every namespace", { visible: ({ visibleAt }, _, dbNow) => visibleAt <= dbNow }),
  take("is late by an instant", {
    visible: (row, request, dbNow) => takeParts.visible(row, request, dbNow - 1),
  }),
  take("hides nothing", {
    hidden: (row, ...given) => ({ ...takeParts.hidden(row, ...given), visibleAt: row.visibleAt }),
  }),
  take("counts no tries", {
    hidden: (row, ...given) => ({ ...takeParts.hidden(row, ...given), tries: row.tries }),
  }),
  take("takes the newest first", { order: (a, b) => takeParts.order(b, a) }),
  take("acknowledges any dispatch", { acked: () => true }),
  take("acknowledges nothing", { acked: () => false }),
  {
    name: "take has no bound",
    clause: "TAKE-1",
    mutate: wrap(({ takeIntents }) => ({
      takeIntents: (request) => takeIntents({ ...request, limit: 1_000 }),
    })),
  },
  {
    name: "intents are not acknowledged",
    clause: "TAKE-1",
    mutate: wrap(() => ({ ackIntents: async () => undefined })),
  },
  {
    name: "take chooses before the lock",
    clause: "TAKE-2",
    mutate: replace("ticks", {
      take: (async (parts: TakeParts, tables: Tables, at: Parameters<typeof takeRows>[2]) => {
        const copy = newTables();
        for (const row of allRows(tables, at.table)) putRow(copy, at.table, row);
        const taken = takeRows(parts, copy, at);
        await null;
        for (const row of taken) putRow(tables, at.table, row);
        return taken;
      }) as never,
    }),
  },
];
