import { isSkipped, privatePostgres, type Skipped } from "@pawl/services";
import pg from "pg";
import { OBSERVER } from "../observer/observer.ts";
import type { StartedServer } from "./started-server.ts";

const SHOWN = ["fsync", "synchronous_commit", "full_page_writes", "shared_buffers"] as const;

export async function startPostgres(): Promise<StartedServer | Skipped> {
  const server = await privatePostgres({
    settings: {
      shared_preload_libraries: "pg_stat_statements",
      // Databases come and go, and what it forgets is not counted.
      "pg_stat_statements.max": 50_000,
    },
  });
  if (isSkipped(server)) return server;
  const client = new pg.Client(server.url);
  await client.connect();
  await client.query(`CREATE ROLE ${OBSERVER} SUPERUSER LOGIN`);
  await client.query("CREATE EXTENSION pg_stat_statements");
  const facts: string[] = [`PostgreSQL ${await shown(client, "server_version")}`];
  for (const setting of SHOWN) facts.push(`${setting}=${await shown(client, setting)}`);
  await client.end();
  return { server, facts: facts.join(", ") };
}

const shown = async (client: pg.Client, setting: string): Promise<string> =>
  String(Object.values((await client.query(`SHOW ${setting}`)).rows[0])[0]);
