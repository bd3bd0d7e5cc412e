import type { NodeHost } from "@pawl/host-node";
import { createRegistry, type Kernel, type Workflow } from "@pawl/kernel";
import { type AppParts, compose, defaultLogger } from "./compose.ts";
import { locate, locateBlobs, migratesServer } from "./locations.ts";
import { assertNodeVersion } from "./node-version.ts";
import { openBlobStore } from "./open-blob-store.ts";
import { openPersistence } from "./open-persistence.ts";
import { openTransports } from "./open-transports.ts";
import { checkPawlOptions, type PawlOptions } from "./options.ts";
import { type RunHandle, runHandle } from "./run-handle.ts";
import { type StartArguments, startCommand } from "./start-command.ts";

/** An app inside a transaction of the caller's. */
export interface BoundPawl {
  /**
   * Starts a run that exists once the transaction commits, and never if it is rolled back. Its
   * handle answers from then on.
   *
   * @throws EngineError as `start` of the app does, E_ARGUMENT_INVALID when the transaction is over
   */
  start: Pawl["start"];
  /** To be called after the commit: the runs begin at once, else when a worker looks. */
  afterCommit(): Promise<void>;
}

/** An engine with its worker in this process. */
export interface Pawl {
  /**
   * Starts a run; when this resolves it is stored and will be carried out.
   *
   * @throws EngineError E_ARGUMENT_INVALID, E_INPUT_INVALID, E_CONFIG_INVALID,
   * E_IDEMPOTENCY_CONFLICT, E_WORKFLOW_UNKNOWN
   */
  start<In, Out>(
    workflow: Workflow<In, Out>,
    ...given: StartArguments<NoInfer<In>>
  ): Promise<RunHandle<Out>>;
  /** A run that was started before, perhaps by another process. */
  run<Out = unknown>(id: string): RunHandle<Out>;
  /**
   * The app inside a transaction of the database that its runs are in: a client of `pg` after
   * BEGIN, a connection of `mariadb` after `beginTransaction()`, or a better-sqlite3 database
   * after BEGIN IMMEDIATE.
   *
   * @throws EngineError E_ARGUMENT_INVALID
   */
  bind(transaction: unknown): BoundPawl;
  readonly kernel: Kernel;
  readonly host: NodeHost;
  /** Ends what runs, or gives it back, and closes everything. Then the process may exit. */
  stop(): Promise<void>;
}

/**
 * Durable workflows with nothing to configure: a SQLite file, and a worker in this process. The
 * environment may name a server instead, a queue beside it, and a bucket.
 *
 * @throws EngineError E_RUNTIME_TOO_OLD, E_ARGUMENT_INVALID, E_UNSUPPORTED, E_CONFIG_INVALID,
 * E_DRIVER_MISSING, E_WORKFLOW_DUPLICATE, E_WORKFLOW_DRIFT
 */
export async function pawl(options: PawlOptions): Promise<Pawl> {
  assertNodeVersion();
  checkPawlOptions(options);
  const { directory, databasePath, synchronous = "FULL" } = options;
  const { notify = true, prepare = true, schema, tablePrefix, logger = defaultLogger() } = options;
  const environment = options.environment ?? process.env;
  const wanted = { directory, databasePath };
  const database = locate(wanted, environment);
  const migrate = migratesServer(environment);
  const registry = createRegistry(options.workflows);
  const blobStore = options.blobStore ?? (await openBlobStore(locateBlobs(wanted, environment)));
  const own = options.transports
    ? undefined
    : await openTransports(environment.PAWL_QUEUE_URL, options);
  const choice = { synchronous, migrate, notify, prepare, schema, tablePrefix, logger };
  const opened: (() => Promise<unknown>)[] = own ? [own.close] : [];
  try {
    const persistence = await openPersistence(database, choice);
    opened.push(() => persistence.close());
    const parts = compose(options, { persistence, registry, blobStore, own });
    if (options.worker ?? true) await parts.host.start();
    return appOf(parts);
  } catch (error) {
    await Promise.all(opened.map((close) => close()));
    throw error;
  }
}

function appOf({ kernel, host, ends }: AppParts): Pawl {
  return {
    kernel,
    host,
    run: (id) => runHandle({ kernel, ends }, id),
    stop: () => host.stop(),
    start: async (workflow, ...given) => {
      ends.assertOpen();
      const started = await kernel.dispatch(startCommand(workflow, given));
      const handle = { kernel, ends };
      if (started.replayed) return runHandle(handle, started.workflowRunId);
      const startedAt = performance.now();
      const startedMsAgo = (): number => performance.now() - startedAt;
      return runHandle({ ...handle, startedMsAgo }, started.workflowRunId);
    },
    bind: (transaction) => {
      ends.assertOpen();
      const bound = kernel.bind(transaction);
      return {
        start: async (workflow, ...given) => {
          ends.assertOpen();
          const { workflowRunId } = await bound.dispatch(startCommand(workflow, given));
          return runHandle({ kernel, ends }, workflowRunId);
        },
        afterCommit: () => bound.afterCommit(),
      };
    },
  };
}
