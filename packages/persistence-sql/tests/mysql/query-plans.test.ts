import { describeOn, mariadb } from "@pawl/services/vitest";
import { DEFINITION, eventOf, owned, planOf, session } from "@pawl/test-parts/plans";
import { afterAll, beforeAll, expect, test } from "vitest";
import { lockNeeds, lockStatements } from "../../src/mysql/locks.ts";
import { oldestStatement } from "../../src/mysql/takes.ts";
import { findStatement } from "../../src/statements/find.ts";
import { ownedStatement } from "../../src/statements/heartbeat.ts";
import { snapshotReads } from "../../src/statements/load.ts";
import { sweepStatement } from "../../src/statements/sweep.ts";
import { ExplainedStore, sortsOf } from "./explained-store.ts";

describeOn("query plans on MariaDB", await mariadb(), (server) => {
  let explained: ExplainedStore;
  beforeAll(async () => {
    explained = await ExplainedStore.on(server);
  }, 60_000);
  afterAll(() => explained.drop());

  test("locks of commits go by primary keys", async () => {
    const plan = planOf({
      guards: [{ kind: "rev", runId: "run 7", rev: 0 }, owned("run 7")],
      writes: [{ op: "updateStages", runId: "run 7", where: {}, set: { held: true } }],
      events: [eventOf("run 7")],
    });
    const needs = lockNeeds(explained.store.schema, [plan]);
    const locks = lockStatements(explained.store.schema, explained.store.server, needs);
    const statements = [...locks, ...needs.ranges].map(({ statement }) => statement);
    expect(statements.length).toBe(3);
    for (const statement of statements) {
      const steps = (await explained.explain(statement)).filter(({ table }) => table !== "k");
      expect(steps.map((step) => step.key)).toContain("PRIMARY");
      expect(await explained.scansOf(statement)).toEqual([]);
    }
  });

  const KINDS = [
    "startDue",
    "wakeDue",
    "sessionExpired",
    "runDeadline",
    "startDeadline",
    "joinReady",
    "undispatched",
    "undelivered",
    "stranded",
    "commitsOld",
    "tombstones",
  ] as const;

  test.each(KINDS)("the sweep %s goes by its own index", async (kind) => {
    const statement = sweepStatement(
      explained.store.schema,
      { namespace: "default", kinds: [kind], limit: 10, definitions: [DEFINITION] },
      null,
    );
    const plan = await explained.explain(statement);
    const named = /FORCE INDEX \(`(\w+)`\)/.exec(statement.text)?.[1];
    expect(plan.filter(({ table }) => table === "t").map((step) => step.key)).toContain(named);
    expect(await explained.scansOf(statement)).toEqual([]);
  });

  test("takes, beats and snapshots read without a scan or a sort", async () => {
    const take = { namespace: "default", limit: 10, visibleAfterMs: 1 };
    const need = { stages: "current", waits: true, signals: true } as const;
    const statements = [
      oldestStatement(explained.store, "intents", take, true),
      oldestStatement(explained.store, "dispatch", take, true),
      ownedStatement(explained.store.schema, session),
      ...snapshotReads(explained.store.schema, "run 7", need).statements,
    ];
    for (const statement of statements) {
      expect(await explained.scansOf(statement)).toEqual([]);
    }
    for (const statement of statements.slice(0, 2)) {
      expect(sortsOf(await explained.explain(statement))).toEqual([]);
    }
  });

  test("a page of a list begins where the last one ended", async () => {
    const after = [5_000, "run 5000"];
    const where = { namespace: "default" } as const;
    const find = { table: "runs", where, orderBy: ["createdAt"], after, limit: 10 } as const;
    const statement = findStatement(explained.store.schema, find);
    const plan = await explained.explain(statement);
    expect(plan.map((step) => step.key)).toEqual(["runs_listing"]);
    expect(sortsOf(plan)).toEqual([]);
    const { rows, read } = await explained.run(statement);
    expect(rows[0]?.[0]).toBe("run 5001");
    expect(read).toBeLessThan(50);
  });
});
