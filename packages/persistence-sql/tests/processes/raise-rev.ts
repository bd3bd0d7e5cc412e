import { eventOf, planOf } from "@pawl/test-parts/plans";
import { createSqlitePersistence } from "../../src/index.ts";
import { report } from "./report.ts";

/** Adds an event to one run this often, deciding again at every conflict; counts conflicts. */
const [, , path = "", times = "0"] = process.argv;

await report(async () => {
  const persistence = await createSqlitePersistence({ path, synchronous: "NORMAL" });
  let conflicts = 0;
  for (let done = 0; done < Number(times); ) {
    const rev = (await persistence.load("run", {}))?.run.rev ?? 0;
    const guards = [{ kind: "rev", runId: "run", rev }] as const;
    const result = await persistence.commit(planOf({ guards, events: [eventOf("run")] }));
    if (result.ok) done += 1;
    else if (result.why === "rev") conflicts += 1;
    else throw new Error(`refused: ${result.why}`);
  }
  await persistence.close();
  return conflicts;
});
