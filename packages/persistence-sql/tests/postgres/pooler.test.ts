import { persistenceConformance } from "@pawl/conformance";
import type { Persistence } from "@pawl/kernel/ports";
import { isSkipped, type OwnServer, privatePgbouncer } from "@pawl/services";
import { describeOn, postgres } from "@pawl/services/vitest";
import { losing } from "@pawl/test-parts/losing";
import { planOf, runOf } from "@pawl/test-parts/plans";
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

  const open = (place: TemporarySchema): Promise<Persistence> =>
    place.open({ url, prepare: false, notify: false });

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

  it("one that loses prepared statements is told of, with what to do", async () => {
    const place = database.schema({ fresh: true });
    const prepared = place.open({ url, notify: false }).then(async (persistence) => {
      const plans = Array.from({ length: 40 }, (_, i) => planOf({ writes: [runOf(`run ${i}`)] }));
      await Promise.all(plans.map((plan) => persistence.commit(plan)));
      await Promise.all(plans.map((_, i) => persistence.load(`run ${i}`, { stages: "current" })));
    });
    await expect(prepared).rejects.toThrow(/open it with prepare: false/);
    await place.remove();
  });
});
