import { type CallersTransaction, persistenceConformance } from "@pawl/conformance";
import { describeOn, postgres } from "@pawl/services/vitest";
import { losing } from "@pawl/test-parts/losing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PostgresPlace } from "../../src/heartbeat-descriptor.ts";
import { openHeartbeat } from "../../src/heartbeat-module.ts";
import { holdRow } from "./hold-row.ts";
import {
  type TemporaryDatabase,
  type TemporarySchema,
  temporaryDatabase,
} from "./temporary-database.ts";

describeOn("PostgreSQL", await postgres(), (server) => {
  let database: TemporaryDatabase;
  beforeAll(async () => {
    database = await temporaryDatabase(server);
  });
  afterAll(() => database.drop());

  persistenceConformance(
    { describe, it, expect },
    {
      name: "PostgreSQL",
      capabilities: {
        handles: true,
        foreignTransactions: "rows",
        lostAcknowledgements: true,
        callersTransactions: true,
        notify: true,
        deafening: true,
        separateHeartbeat: "notices",
      },
      async create() {
        const place = database.schema();
        const lossy = losing(await place.open());
        return {
          ...lossy,
          clock: place.clock,
          second: () => place.open(),
          hold: (row) => holdRow(place, row),
          begin: () => begin(place),
          deafen: () => deafen(place),
          beatElsewhere: () => openHeartbeat(placeOf(place)),
          destroy: place.remove,
        };
      },
    },
  );
});

/** Ends the connections that listen. */
async function deafen({ pool }: TemporarySchema): Promise<void> {
  const { rowCount } = await pool.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity " +
      "WHERE datname = current_database() AND query LIKE 'LISTEN%'",
  );
  expect(rowCount).toBe(1);
}
const placeOf = ({ url, schema }: TemporarySchema): PostgresPlace => ({
  kind: "postgres",
  url,
  schema,
  tablePrefix: "",
});

/** A transaction of somebody else. */
async function begin({ pool }: TemporarySchema): Promise<CallersTransaction> {
  const transaction = await pool.connect();
  await transaction.query("BEGIN");
  const run = async (text: string): Promise<void> => void (await transaction.query(text));
  return {
    transaction,
    commit: () => run("COMMIT"),
    rollback: () => run("ROLLBACK"),
    end: async () => transaction.release(true),
  };
}
