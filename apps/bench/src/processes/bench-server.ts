import { isSkipped, proxy, type Skipped } from "@pawl/services";
import type { StoreName } from "../engines/engine.ts";
import { startBrokers } from "./brokers.ts";
import { startMariadb } from "./mariadb-server.ts";
import type { ServerUrls } from "./measurement.ts";
import { startPostgres } from "./postgres-server.ts";
import type { StartedServer } from "./started-server.ts";

export type ServerStore = Exclude<StoreName, "sqlite">;

export interface BenchServer {
  readonly urls: ServerUrls;
  /** Its name, its version and what its durability depends on. */
  readonly facts: string;
  stop(): Promise<void>;
}

/** In each direction: a round trip takes twice that. */
const DISTANCE_MS = 1;

const START: { readonly [store in ServerStore]: () => Promise<StartedServer | Skipped> } = {
  postgres: startPostgres,
  mariadb: startMariadb,
  transports: startPostgres,
};

/** A server for measurements, durable as it comes, near and behind a network, and its brokers. */
export async function startBenchServer(store: ServerStore): Promise<BenchServer | Skipped> {
  const started = await START[store]();
  if ("skipped" in started) return started;
  const beside = store === "transports" ? await startBrokers() : undefined;
  if (beside && isSkipped(beside)) {
    await started.server.remove();
    return beside;
  }
  const { server, facts } = started;
  const between = await proxy(server.url);
  between.delay(DISTANCE_MS);
  return {
    urls: {
      url: server.url,
      distantUrl: between.url,
      ...(beside ? { brokers: beside.urls } : {}),
    },
    facts: [facts, ...(beside ? [beside.facts] : [])].join("; "),
    stop: async () => {
      await between.close();
      await beside?.stop();
      await server.remove();
    },
  };
}
