import { EngineError } from "@pawl/kernel";
import type { MysqlConnections } from "./connections.ts";

const LOCK_WAIT_S_MAX = 1;

/**
 * What every connection is set to. Comments that only one of the servers runs give each its own
 * name for the same thing.
 */
export const settings = (statementTimeoutMs: number): readonly string[] => [
  "SET NAMES utf8mb4",
  "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
  "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', time_zone = '+00:00'," +
    ` autocommit = 1, innodb_lock_wait_timeout = ${LOCK_WAIT_S_MAX}` +
    ` /*M! , max_statement_time = ${statementTimeoutMs / 1_000} */` +
    ` /*!80000 , max_execution_time = ${statementTimeoutMs} */`,
];

export interface ServerFacts {
  readonly version: string;
  readonly maxRowBytes: number;
}

/** What a packet holds beside the row. */
const PACKET_REST_BYTES = 64 * 1024;

/**
 * Throws E_CONFIG_INVALID where a pool of the caller's is set otherwise than `settings`. Where
 * transactions bring their own isolation, the caller's bounds of waiting are his, too.
 */
export async function checkSettings(
  connections: MysqlConnections,
  { isolated }: { readonly isolated: boolean },
): Promise<ServerFacts> {
  return connections.use("settings", async (session) => {
    const [versions] = await session.all({ text: "SELECT VERSION(), DATABASE()", params: [] });
    const version = String(versions?.[0]);
    const isolation = /mariadb/i.test(version) ? "tx_isolation" : "transaction_isolation";
    const [row] = await session.all({
      text:
        `SELECT @@${isolation}, @@sql_mode, @@innodb_lock_wait_timeout, @@autocommit,` +
        " @@character_set_connection, @@max_allowed_packet",
      params: [],
    });
    const [level, mode, waitS, autocommit, charset, packet] = row ?? [];
    const wrong: readonly (readonly [boolean, string])[] = [
      [versions?.[1] === null, "name a database"],
      [
        !isolated && level !== "READ-COMMITTED",
        "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
      ],
      [
        !/STRICT_(ALL|TRANS)_TABLES/.test(String(mode)),
        "SET SESSION sql_mode = 'STRICT_ALL_TABLES'",
      ],
      [
        !isolated && Number(waitS) > LOCK_WAIT_S_MAX,
        `SET SESSION innodb_lock_wait_timeout = ${LOCK_WAIT_S_MAX}`,
      ],
      [Number(autocommit) !== 1, "SET SESSION autocommit = 1"],
      [charset !== "utf8mb4", "SET NAMES utf8mb4"],
    ];
    const missing = wrong.filter(([is]) => is).map(([, remedy]) => remedy);
    if (missing.length === 0) {
      return { version, maxRowBytes: Number(packet) - PACKET_REST_BYTES };
    }
    throw new EngineError(
      "E_CONFIG_INVALID",
      `${connections.place} has connections that are set otherwise than the engine needs: put ` +
        `into its initSql: ${missing.join("; ")}`,
      { details: { missing } },
    );
  });
}
