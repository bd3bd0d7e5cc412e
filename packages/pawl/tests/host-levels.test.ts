import { type HostSubject, hostConformance } from "@pawl/conformance";
import { freshDatabase, freshQueue, privateRedis, SQS_ACCESS } from "@pawl/services";
import { describeOn, mariadb, postgres, sqs } from "@pawl/services/vitest";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { AnyWorkflow, Environment } from "../src/index.ts";
import { type Apps, temporaryApps } from "./apps.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

interface Place {
  readonly url: string;
}

let apps: Apps;
let endings: (() => Promise<unknown>)[];
beforeEach(async () => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", SQS_ACCESS.credentials.accessKeyId);
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", SQS_ACCESS.credentials.secretAccessKey);
  apps = await temporaryApps();
  endings = [() => apps.remove()];
});
afterEach(async () => {
  for (const end of endings) await end();
  vi.unstubAllEnvs();
});

/** A database of its own on a server. */
async function databaseOn(server: Place): Promise<Environment> {
  const { url, drop } = await freshDatabase(server);
  endings.push(drop);
  return { PAWL_DATABASE_URL: url, PAWL_MIGRATE: "auto" };
}

async function queueOn(server: Place): Promise<Environment> {
  const { url, drop } = await freshQueue(server);
  endings.push(drop);
  return { PAWL_QUEUE_URL: `sqs+${url}?region=${SQS_ACCESS.region}` };
}

/** The scenarios of every host, by an app that is told of its level by variables alone. */
function conforms(name: string, level: () => Promise<Environment>): void {
  const create = async (workflows: readonly AnyWorkflow[]): Promise<HostSubject> => {
    const environment = await level();
    const open = () => apps.open(workflows, { environment, host: { jobPollIntervalMs: 1_000 } });
    let app = await open();
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
        app = await open();
        if (sessionId) await app.kernel.dispatch({ type: "lease.reapStale", dead: [sessionId] });
      },
      stop: () => app.stop(),
    };
  };
  hostConformance({ describe, it, expect }, { name, create });
}

const database = await postgres();
const redis = await privateRedis();
const queues = await sqs();
const other = await mariadb();

describeOn("a level: Postgres [107]", database, (server) => {
  conforms("pawl on Postgres", () => databaseOn(server));

  describeOn("and Redis", redis, (broker) => {
    afterAll(() => broker.remove());
    let databases = 0;
    conforms("pawl on Postgres and Redis", async () => {
      databases = (databases + 1) % 16;
      const PAWL_QUEUE_URL = `${broker.url}/${databases}`;
      return { ...(await databaseOn(server)), PAWL_QUEUE_URL };
    });
  });
});

describeOn("a level: MariaDB [107]", other, (server) => {
  describeOn("and SQS", queues, (broker) => {
    conforms("pawl on MariaDB and SQS", async () => ({
      ...(await databaseOn(server)),
      ...(await queueOn(broker)),
    }));
  });
});
