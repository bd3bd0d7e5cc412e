import { planOf, runOf } from "@pawl/test-parts/plans";
import { createSqlitePersistence } from "../../src/index.ts";
import { report } from "./report.ts";

/** Opens the file, writes one run and closes it. */
const [, , path = "", runId = "run"] = process.argv;

await report(async () => {
  const persistence = await createSqlitePersistence({ path });
  const result = await persistence.commit(planOf({ writes: [runOf(runId)] }));
  await persistence.close();
  return result.ok;
});
