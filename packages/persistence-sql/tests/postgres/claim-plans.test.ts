import type { Persistence } from "@pawl/kernel/ports";
import {
  claimOf,
  eventOf,
  owned,
  planOf,
  runOf,
  stageOf,
  stepPlan,
  workerOf,
} from "@pawl/test-parts/plans";
import { beforeEach, expect, test } from "vitest";
import { postgresDialect } from "../../src/dialects/postgres.ts";
import { claimStatement } from "../../src/postgres/claim-statement.ts";
import { commitStatement } from "../../src/postgres/commit-statement.ts";
import { createSchema, type Schema } from "../../src/statements/schema.ts";
import type { Statement } from "../../src/statements/statement.ts";
import { sweepStatement } from "../../src/statements/sweep.ts";
import { takeStatement } from "../../src/statements/take.ts";
import { onPostgres } from "./on-postgres.ts";
import type { TemporarySchema } from "./temporary-database.ts";

interface Node {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly "Index Name"?: string;
  readonly "Actual Rows"?: number;
  readonly "Actual Loops"?: number;
  readonly "Rows Removed by Filter"?: number;
  readonly Plans?: readonly Node[];
}

onPostgres("plans of PostgreSQL", (place) => {
  let schema: TemporarySchema;
  let persistence: Persistence;
  let texts: Schema;

  beforeEach(async () => {
    ({ schema } = place());
    persistence = await schema.open();
    texts = createSchema(postgresDialect, "", schema.schema);
    const expiresAt = schema.clock.now() + 60_000;
    await persistence.commit(planOf({ writes: [workerOf({ expiresAt }), runOf("run")] }));
  });

  /** All nodes of a plan that serves any values, executed and undone. */
  async function nodesOf({ text, params }: Statement): Promise<readonly Node[]> {
    let count = 0;
    const numbered = text.replace(/\?/g, () => `$${++count}`);
    const literals = params.map((value) =>
      typeof value === "string" ? `'${value.replaceAll("'", "''")}'` : `${value}`,
    );
    const client = await schema.pool.connect();
    try {
      await client.query("BEGIN; SET LOCAL plan_cache_mode = force_generic_plan");
      await client.query(`PREPARE planned AS ${numbered}`);
      const explain = `EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) EXECUTE planned`;
      const all = literals.length > 0 ? `(${literals.join(", ")})` : "";
      const { rows } = await client.query(`${explain}${all}`);
      const [{ Plan, JIT }] = rows[0]["QUERY PLAN"];
      expect(JIT, "never costly enough to be compiled").toBeUndefined();
      return flat(Plan);
    } finally {
      await client.query("ROLLBACK; DEALLOCATE ALL");
      client.release();
    }
  }

  const flat = (node: Node): readonly Node[] => [node, ...(node.Plans ?? []).flatMap(flat)];

  const seqScans = (nodes: readonly Node[]): readonly unknown[] =>
    nodes
      .filter((node) => node["Node Type"] === "Seq Scan" && node["Actual Loops"] !== 0)
      .map((node) => node["Relation Name"]);

  async function queue(count: number, definition?: string): Promise<void> {
    for (let from = 0; from < count; from += 2_500) {
      const writes = Array.from({ length: 2_500 }, (_, i) =>
        stageOf("run", {
          stageId: definition ? "foreign" : "own",
          mapIndex: from + i,
          claimRank: -1,
          ...(definition ? { definition: `${definition}${i % 5}` } : {}),
        }),
      );
      await persistence.commit(planOf({ writes }));
    }
  }

  test("a claim reads its own lane alone, with 10,000 foreign stages ahead", async () => {
    await queue(10_000, "other@1#");
    await persistence.commit(planOf({ writes: [stageOf("run", { stageId: "mine" })] }));
    await schema.pool.query(`ANALYZE "${schema.schema}".stages`);
    for (const queues of [undefined, ["default"]]) {
      const request = claimOf({ limit: 10, ...(queues ? { queues } : {}) });
      const nodes = await nodesOf(claimStatement(texts, request, schema.clock.now()));
      const looks = nodes.filter((node) => node["Index Name"] === "stages_claim");
      expect(looks.length).toBeGreaterThan(0);
      for (const look of looks) expect(look["Rows Removed by Filter"] ?? 0).toBe(0);
      expect(seqScans(nodes)).not.toContain("stages");
    }
    expect(await persistence.claim(claimOf())).toHaveLength(1);
  });

  test("a claim of a lane with 10,000 stages reads as many as it takes", async () => {
    await queue(10_000);
    await schema.pool.query(`ANALYZE "${schema.schema}".stages`);
    const nodes = await nodesOf(
      claimStatement(texts, claimOf({ limit: 16, queues: ["default"] }), schema.clock.now()),
    );
    const looks = nodes.filter((node) => node["Index Name"] === "stages_claim");
    expect(looks.map((look) => look["Actual Rows"])).toEqual([16]);
    expect(seqScans(nodes)).not.toContain("stages");
  });

  test("commits look rows up one by one, of tables of any size", async () => {
    await queue(2_500);
    const end = planOf({
      guards: [{ kind: "rev", runId: "run", rev: 0 }, owned("run")],
      writes: [
        { op: "update", table: "stages", key: owned("run").key, set: { status: "completed" } },
        stageOf("run", { stageId: "next" }),
      ],
      events: [eventOf("run")],
    });
    for (const analysed of [false, true]) {
      if (analysed) await schema.pool.query(`ANALYZE "${schema.schema}".stages`);
      for (const plan of [stepPlan("run", 1), end]) {
        const { statement } = commitStatement(texts, [plan], { now: null });
        expect(seqScans(await nodesOf(statement))).not.toContain("stages");
      }
    }
  });

  test("sweeps and takes are served by their indexes", async () => {
    await queue(2_500);
    await schema.pool.query(`ANALYZE "${schema.schema}".stages`);
    const request = { namespace: "default", limit: 10, visibleAfterMs: 1, now: null };
    await nodesOf(takeStatement(texts, "intents", request));
    const sweep = { namespace: "default", limit: 10, kinds: ["wakeDue", "joinReady"] as const };
    const { text, params } = sweepStatement(texts, sweep, null);
    const timed = { text: postgresDialect.timed(text), params: [null, ...params] };
    const names = (await nodesOf(timed)).flatMap((node) => node["Index Name"] ?? []);
    expect(names).toEqual(expect.arrayContaining(["stages_joins"]));
    expect(names.some((name) => name === "stages_wake" || name === "stages_due")).toBe(true);
  });
});
