import { randomUUID } from "node:crypto";
import type { SeparateHeartbeat } from "@pawl/kernel/ports";
import { mysqlDialect } from "../dialects/mysql.ts";
import { type Link, LinkedHeartbeat } from "../heartbeat/linked-heartbeat.ts";
import type { MysqlPlace } from "../heartbeat-descriptor.ts";
import { createSchema } from "../statements/schema.ts";
import { loadDriver, type MysqlDriver } from "./driver.ts";
import { beatSession } from "./heartbeats.ts";
import { ask, callsOn, isLockSeen, newConnection } from "./own-connection.ts";
import { serverOf } from "./server.ts";
import { parseUrl } from "./url.ts";

/** A heartbeat on a connection of its own, whose user lock tells the server that it lives. */
export async function openOwnHeartbeat(place: MysqlPlace): Promise<SeparateHeartbeat> {
  const driver = await loadDriver();
  return new LinkedHeartbeat({
    connect: (lost) => connect(driver, place, lost),
    newName: () => `pawl ${randomUUID()}`,
    now: () => performance.now(),
  });
}

async function connect(
  driver: MysqlDriver,
  { url, tablePrefix }: MysqlPlace,
  lost: () => void,
): Promise<Link> {
  const { place } = parseUrl(url);
  const connection = await newConnection(driver, url);
  connection.on("end", lost);
  // Ends right after, which is what counts.
  connection.on("error", () => {});
  const version = String(await ask(connection, "SELECT VERSION()"));
  const schema = createSchema(mysqlDialect(serverOf(version, place)), tablePrefix);
  const store = { schema, now: () => null };
  const connections = callsOn(connection, place);
  return {
    lock: async (name) => {
      await ask(connection, "SELECT GET_LOCK(?, 5)", [name]);
    },
    isLockSeen: (name) => isLockSeen(driver, { connection, url, name }),
    beat: (ref, beat) =>
      connections.use("heartbeat", (session) => beatSession(store, session, { ref, beat })),
    close: () => connection.end(),
  };
}
