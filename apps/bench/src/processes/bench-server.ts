import { isSkipped, privatePostgres, proxy, type Skipped } from "@pawl/services";
import pg from "pg";
import { OBSERVER } from "../engines/postgres/observer.ts";
import type { ServerUrls } from "./measurement.ts";

export interface BenchServer {
  readonly urls: ServerUrls;
  /** Its version and what its durability depends on. */
  readonly facts: string;
  stop(): Promise<void>;
}

/** In each direction: a round trip takes twice that. */
const DISTANCE_MS = 1;
const SHOWN = ["fsync", "synchronous_commit", "full_page_writes", "shared_buffers"] as const;

/** A PostgreSQL for measurements, durable as it comes, that counts statements. */
export async function startBenchServer(): Promise<BenchServer | Skipped> {
  const server = await privatePostgres({
    settings: { shared_preload_libraries: "pg_stat_statements" },
  });
  if (isSkipped(server)) return server;
  const between = await proxy(server.url);
  between.delay(DISTANCE_MS);
  const client = new pg.Client(server.url);
  await client.connect();
  await client.query(`CREATE ROLE ${OBSERVER} SUPERUSER LOGIN`);
  await client.query("CREATE EXTENSION pg_stat_statements");
  const facts: string[] = [await shown(client, "server_version")];
  for (const setting of SHOWN) facts.push(`${setting}=${await shown(client, setting)}`);
  await client.end();
  return {
    urls: { url: server.url, distantUrl: between.url },
    facts: facts.join(", "),
    stop: async () => {
      await between.close();
      await server.remove();
    },
  };
}

const shown = async (client: pg.Client, setting: string): Promise<string> =>
  String(Object.values((await client.query(`SHOW ${setting}`)).rows[0])[0]);
