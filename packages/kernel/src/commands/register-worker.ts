import { draft } from "../decide/draft.ts";
import type { WorkerRegister, WorkerRegistered } from "../engine/command.ts";
import type { Engine } from "../engine/engine.ts";
import { LiveSession } from "../engine/live-sessions.ts";
import { EngineError } from "../errors/engine-error.ts";
import { fromDbNow } from "../state/time.ts";
import { checkStructures, storeDefinitions } from "./register-definitions.ts";

/**
 * Opens a worker session with a lease.
 *
 * @throws EngineError E_WORKFLOW_DRIFT when live runs exist of the same version with another
 * structure
 */
export async function registerWorker(
  engine: Engine,
  command: WorkerRegister,
): Promise<WorkerRegistered> {
  await checkStructures(engine);
  await storeDefinitions(engine);
  const id = engine.ids.newId();
  const ttlMs = command.leaseTtlMs ?? engine.limits.leaseTtlMs;
  const before = engine.clock.monotonic();
  const result = await engine.commits.commit(
    draft({
      commitId: engine.ids.newId(),
      guards: [{ kind: "absent", row: { table: "workers", key: { id } } }],
      writes: [
        {
          op: "insert",
          table: "workers",
          row: {
            id,
            namespace: engine.namespace,
            workerId: command.workerId,
            epoch: 1,
            version: 1,
            status: "active",
            expiresAt: fromDbNow(ttlMs),
            host: command.host,
            pid: command.pid,
            build: command.build ?? "",
            queues: command.queues ?? [],
            definitions: engine.registry.workflows.map((workflow) => workflow.definition),
            labels: command.labels ?? {},
            load: 0,
            startedAt: fromDbNow(),
            beatAt: fromDbNow(),
            lockName: null,
          },
        },
      ],
    }),
  );
  if (!result.ok) {
    throw new EngineError("E_CONFLICT", `Worker "${command.workerId}" could not be registered.`);
  }
  const marginMs = leaseMarginOf(engine, ttlMs);
  const terms = { before, ttlMs, marginMs, queues: command.queues };
  engine.sessions.set(id, new LiveSession({ id, epoch: 1 }, terms));
  return { id, epoch: 1, expiresAt: result.dbNow + ttlMs, leaseMarginMs: marginMs };
}

const leaseMarginOf = ({ limits }: Engine, ttlMs: number): number =>
  Math.min(limits.leaseMarginMs, ttlMs / 4);
