import { once } from "node:events";
import { createServer } from "node:http2";
import { type Steps, type Witness, WORK, type WorkInput, type WorkName } from "../../work/work.ts";
import type { Engine, EngineOptions, OpenEngine, Place, StartedRun } from "../engine.ts";
import {
  PARTITIONS,
  RESTATE_VERSION,
  type RestatePorts,
  restatePorts,
  startRestate,
} from "./restate-server.ts";

const HOST = "127.0.0.1";
const LOOK_EVERY_MS = 100;
const COUNT = "SELECT count(*) AS completed FROM sys_invocation WHERE status = 'completed'";

export const restateEngine: Engine = {
  name: "restate",
  store: "postgres",
  title: "Restate",
  package: "@restatedev/restate-sdk",
  settings:
    `server ${RESTATE_VERSION}, beside PostgreSQL and not on it: a process with its own log, ` +
    `${PARTITIONS} partitions instead of 24; starts by POST …/send, results by attaching; only ` +
    "one worker, at one address; a restart takes runs over",
  operationsMax: Number.POSITIVE_INFINITY,
  durable: true,
  handsOver: true,
  heir: "itself",
  prepare,
  open,
};

async function open({ place, worker, witness }: EngineOptions): Promise<OpenEngine> {
  const ports = restatePorts(place);
  const stop = worker ? await serve(ports, witness) : undefined;
  let started = 0;
  return {
    lookEveryMs: LOOK_EVERY_MS,
    start: async (work, input) => {
      started += 1;
      const key = `${process.pid}-${started}`;
      await post(`http://${HOST}:${ports.ingress}/${work}/${key}/run/send`, input);
      return startedRun(ports, work, key);
    },
    completed: async () => {
      const answer = await post(`http://${HOST}:${ports.admin}/query`, { query: COUNT });
      return (answer as { rows: readonly { completed: number }[] }).rows[0]?.completed ?? 0;
    },
    close: async () => stop?.(),
  };
}

/** Starts a server, and tells it where the code will be: it wants to see it there once. */
async function prepare(place: Place): Promise<() => Promise<void>> {
  const remove = await startRestate(place);
  const ports = restatePorts(place);
  const stop = await serve(ports, {});
  await post(`http://${HOST}:${ports.admin}/deployments`, {
    uri: `http://${HOST}:${ports.service}`,
  });
  stop();
  return remove;
}

/** Offers the code at the address that the server knows. */
async function serve(ports: RestatePorts, witness: Witness): Promise<() => void> {
  const restate = await import("@restatedev/restate-sdk");
  const works = (["sequence", "fanOut"] as const).map((name) =>
    restate.workflow({
      name,
      handlers: {
        run: (ctx: { run: Steps["step"]; sleep(ms: number): Promise<void> }, input: WorkInput) =>
          WORK[name](
            { step: (key, body) => ctx.run(key, body), sleep: (_, ms) => ctx.sleep(ms) },
            input,
            witness,
          ),
      },
    }),
  );
  const endpoint = restate.endpoint();
  endpoint.setLogger(() => {});
  for (const work of works) endpoint.bind(work);
  const server = createServer(endpoint.http2Handler());
  const sessions = new Set<{ destroy(): void }>();
  server.on("session", (session) => sessions.add(session));
  server.listen(ports.service, HOST);
  await once(server, "listening");
  return () => {
    server.close();
    for (const session of sessions) session.destroy();
  };
}

const startedRun = (ports: RestatePorts, work: WorkName, key: string): StartedRun => ({
  result: async () => {
    const url = `http://${HOST}:${ports.ingress}/restate/workflow/${work}/${key}/attach`;
    return read(await fetch(url), url);
  },
});

async function post(url: string, body: unknown): Promise<unknown> {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify(body),
  });
  return read(answer, url);
}

async function read(answer: Response, url: string): Promise<unknown> {
  if (answer.ok) return answer.json();
  throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
}
