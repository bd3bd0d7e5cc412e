import { claimOf, insert, planOf } from "@pawl/test-parts/plans";
import { createSqlitePersistence } from "../../src/index.ts";
import { report } from "./report.ts";

/** Claims until nothing is left, records a step for each stage, and answers what it claimed. */
const [, , path = "", id = ""] = process.argv;

await report(async () => {
  const persistence = await createSqlitePersistence({ path, synchronous: "NORMAL" });
  const claimed: string[] = [];
  const request = claimOf({ session: { id, epoch: 1 }, limit: 7 });
  for (;;) {
    const stages = await persistence.claim(request);
    if (stages.length === 0) break;
    const plans = stages.map(({ stage }) => {
      const { runId, stageId, mapIndex, generation, fence } = stage;
      const key = { runId, stageId, mapIndex, generation };
      const plan = planOf({ guards: [{ kind: "stage", key, fence, status: "running" }] });
      const row = { ...key, key: "work", seq: 1, commitId: plan.commitId };
      return { ...plan, writes: [insert("steps", row)] };
    });
    const results = await persistence.commitMany(plans);
    if (results.some((result) => !result.ok)) throw new Error("a step was refused");
    claimed.push(...stages.map(({ stage }) => `${stage.mapIndex}/${stage.fence}`));
  }
  await persistence.close();
  return claimed;
});
