import { persistenceConformance } from "@pawl/conformance";
import type { Persistence } from "@pawl/kernel/ports";
import { isSkipped, type OwnServer, privatePgbouncer } from "@pawl/services";
import { describeOn, postgres } from "@pawl/services/vitest";
import { losing } from "@pawl/test-parts/losing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { holdRow } from "./hold-row.ts";
import {
  type TemporaryDatabase,
  type TemporarySchema,
  temporaryDatabase,
} from "./temporary-database.ts";

const server = await postgres();
const pooler = isSkipped(server) ? server : await privatePgbouncer(server);

describeOn("PostgreSQL behind a PgBouncer in transaction mode", pooler, (bouncer) => {
  let database: TemporaryDatabase;
  let url: string;
  beforeAll(async () => {
    database = await temporaryDatabase(server as { readonly url: string });
    const through = new URL(database.url);
    through.host = new URL(bouncer.url).host;
    url = through.href;
  });
  afterAll(async () => {
    await database.drop();
    await (bouncer as OwnServer).remove();
  });

  /** Callers' transactions go past a pooler, and behind one no death is noticed. */
  const open = async (place: TemporarySchema): Promise<Persistence> => {
    const {
      bind: _,
      deadSessions: __,
      ...rest
    } = await place.open({
      url,
      prepare: false,
      notify: false,
    });
    return { ...rest, capabilities: { ...rest.capabilities, interactiveTransactions: false } };
  };

  persistenceConformance(
    { describe, it, expect },
    {
      name: "PostgreSQL behind PgBouncer [43] [108]",
      capabilities: { handles: true, foreignTransactions: "rows", lostAcknowledgements: true },
      async create() {
        const place = database.schema();
        return {
          ...losing(await open(place)),
          clock: place.clock,
          second: () => open(place),
          hold: (row) => holdRow(place, row),
          destroy: place.remove,
        };
      },
    },
  );
});
