import { type HostSubject, hostConformance } from "@pawl/conformance";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AnyWorkflow } from "../src/index.ts";
import { type Apps, temporaryApps } from "./apps.ts";

let apps: Apps;
beforeEach(async () => {
  apps = await temporaryApps();
});
afterEach(() => apps.remove());

async function create(workflows: readonly AnyWorkflow[]): Promise<HostSubject> {
  let app = await apps.open(workflows);
  return {
    get kernel() {
      return app.kernel;
    },
    async start(workflowId, input, options) {
      const workflow = workflows.find(({ id }) => id === workflowId) as AnyWorkflow;
      return (await app.start(workflow, input, options)).id;
    },
    async result(runId) {
      await app
        .run(runId)
        .result()
        .catch(() => undefined);
      return app.kernel.query.getRun(runId);
    },
    // The old app lives on as one that froze: declared dead, and told by nobody.
    async restart() {
      const { sessionId } = app.host.getStats();
      void app.host.drain();
      app = await apps.open(workflows);
      if (sessionId) await app.kernel.dispatch({ type: "lease.reapStale", dead: [sessionId] });
    },
    stop: () => app.stop(),
  };
}

hostConformance({ describe, it, expect }, { name: "pawl on SQLite", create });
