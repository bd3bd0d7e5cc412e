import { describeOn, mariadb } from "@pawl/services/vitest";
import { claimOf, DEFINITION, stageKey } from "@pawl/test-parts/plans";
import { afterAll, beforeAll, expect, test } from "vitest";
import { lanesStatement, lockChosen } from "../../src/mysql/claim-lanes.ts";
import { settledRows, unsettledWaits } from "../../src/mysql/memo.ts";
import { nextQueuesStatements, UsedQueues } from "../../src/mysql/used-queues.ts";
import { claimedRuns, openAttempts, upstreamOutputs } from "../../src/statements/claim.ts";
import type { Statement } from "../../src/statements/statement.ts";
import { ExplainedStore, sortsOf } from "./explained-store.ts";

const MEMO = { name: "steps", stages: [], afterSeq: 0, recordsMax: 10 } as const;
const key = JSON.stringify([["run 7", "fetch", 0, 0, 1]]);

describeOn("claims on MariaDB", await mariadb(), (server) => {
  let explained: ExplainedStore;
  beforeAll(async () => {
    explained = await ExplainedStore.on(server);
  }, 60_000);
  afterAll(() => explained.drop());

  const request = () => claimOf({ queues: ["default", "slow"], definitions: [DEFINITION, "b"] });
  const lanes = () => [
    { queue: "default", definition: DEFINITION, count: 5 },
    { queue: "slow", definition: "b", count: 5 },
  ];

  test("look into the claim index for each lane and sort none", async () => {
    const statement = lanesStatement(explained.store, request(), lanes());
    const plan = await explained.explain(statement);
    const ofStages = plan.filter(({ table }) => table === "c");
    const keys = ofStages.map((step) => step.key);
    expect(new Set(keys)).toEqual(new Set(["stages_claim", "stages_due"]));
    expect(sortsOf(ofStages)).toEqual([]);
    expect(await explained.scansOf(statement)).toEqual([]);
  });

  test("lock by the claim index, and sort nothing, so that no more is locked", async () => {
    const choice = { lanes: lanes(), keys: [stageKey("run 7")] };
    for (const statement of lockChosen(explained.store, request(), choice)) {
      const plan = await explained.explain(statement);
      const [step] = plan.filter(({ table }) => table === "c");
      expect(["stages_claim", "PRIMARY"]).toContain(step?.key);
      expect(sortsOf(plan)).toEqual([]);
      expect(await explained.scansOf(statement)).toEqual([]);
    }
  });

  const used = (queues: UsedQueues): Promise<readonly string[]> =>
    explained.store.connections.use("claim", (session) =>
      queues.of(explained.store.schema, session, "default"),
    );

  test("find the queue that follows on a name by one look", async () => {
    const [statement] = nextQueuesStatements(explained.store.schema, "default", ["", "default"]);
    const { read, rows } = await explained.run(statement as Statement);
    expect(rows).toEqual([["default"]]);
    expect(read).toBeLessThan(100);
    expect(await explained.scansOf(statement as Statement)).toEqual([]);
    expect(sortsOf(await explained.explain(statement as Statement))).toEqual([]);
  });

  test("find queues that came, wherever, and none that went", async () => {
    const queues = new UsedQueues();
    expect(await used(queues)).toEqual(["default"]);
    await explained.queueOf({ "run 1": "a", "run 2": "z", "run 3": "e", "run 4": "ze" });
    expect([...(await used(queues))].sort()).toEqual(["a", "default", "e", "z", "ze"]);
    await explained.queueOf({ "run 1": "default", "run 3": "f", "run 4": "b" });
    expect([...(await used(queues))].sort()).toEqual(["b", "default", "f", "z"]);
    await explained.queueOf({ "run 2": "default", "run 3": "default", "run 4": "default" });
    expect(await used(queues)).toEqual(["default"]);
  });

  test("10,000 stages of foreign definitions ahead cost nothing", async () => {
    const one = lanes().slice(0, 1);
    const statement = lanesStatement(explained.store, { ...request(), limit: 10 }, one);
    expect((await explained.run(statement)).read).toBeLessThan(100);
  });

  test.each<[string, () => readonly Statement[]]>([
    ["memo", () => [settledRows(explained.store.schema, stageKey("run 7"), MEMO)]],
    ["waits", () => [unsettledWaits(explained.store.schema, key)]],
    ["runs", () => [claimedRuns(explained.store.schema, ["run 7"])]],
    ["attempts", () => [openAttempts(explained.store.schema, key)]],
    ["outputs", () => [upstreamOutputs(explained.store.schema, JSON.stringify([["run 7", "a"]]))]],
  ])("read %s without a scan", async (_, statements) => {
    for (const one of statements()) expect(await explained.scansOf(one)).toEqual([]);
  });
});
