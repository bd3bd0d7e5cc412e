import { createRegistry } from "@pawl/kernel";
import { type AppParts, compose } from "../../src/compose.ts";
import { locate, locateBlobs } from "../../src/locations.ts";
import { openBlobStore } from "../../src/open-blob-store.ts";
import { openPersistence } from "../../src/open-persistence.ts";
import { openTransports } from "../../src/open-transports.ts";
import { allWorkflows } from "./all-workflows.ts";
import type { FleetSettings } from "./fleet.ts";
import { openHasty } from "./traced-app.ts";

/** Starts runs, and works on none. */
export type Starter = Pick<AppParts, "kernel" | "host">;

/** On a database that it migrates. */
export async function starterOf(
  directory: string,
  { databaseUrl, queueUrl, environment: its, statementTimeoutMs }: Partial<FleetSettings>,
): Promise<Starter> {
  Object.assign(process.env, its);
  const environment = { PAWL_DATABASE_URL: databaseUrl };
  const wanted = { directory, databasePath: undefined };
  const database = locate(wanted, environment);
  const blobStore = await openBlobStore(locateBlobs(wanted, environment));
  const registry = createRegistry(allWorkflows);
  const migrated = await openPersistence(database, { synchronous: "FULL", migrate: true });
  if (statementTimeoutMs !== undefined) await migrated.close();
  const persistence =
    statementTimeoutMs === undefined ? migrated : await openHasty(database, statementTimeoutMs);
  const options = { workflows: [], logger: { log: () => {} } };
  const own = await openTransports(queueUrl, { workflows: allWorkflows });
  return compose(options, { persistence, registry, blobStore, own });
}
