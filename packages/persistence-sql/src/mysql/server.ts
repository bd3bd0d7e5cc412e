import { EngineError } from "@pawl/kernel";

/** What differs between the servers that speak this protocol. */
export interface MysqlServer {
  readonly name: "MariaDB" | "MySQL";
  readonly version: string;
  /** Ends a read that locks its rows against change, passing over those that are locked. */
  readonly sharing: string;
  /** Ends a read that locks its rows against change, and fails where one is locked. */
  readonly sharingNow: string;
  /** INSERT can answer what it inserted. */
  readonly returning: boolean;
  /** Compares texts byte by byte, trailing spaces too. */
  readonly collation: "utf8mb4_nopad_bin" | "utf8mb4_0900_bin";
  /** Lets statements of a connection take as long as they need. */
  readonly unbounded: string;
  /** Follows the type of a text column of JSON_TABLE. */
  readonly jsonText: string;
}

const OLDEST = { MariaDB: [10, 6], MySQL: [8, 0] } as const;

/** Knows a server by its VERSION(); throws E_UNSUPPORTED for one that is too old. */
export function serverOf(version: string, place: string): MysqlServer {
  const name = /mariadb/i.test(version) ? "MariaDB" : "MySQL";
  const [major = 0, minor = 0] = version.split(".").map((part) => Number.parseInt(part, 10));
  const [majorMin, minorMin] = OLDEST[name];
  if (major < majorMin || (major === majorMin && minor < minorMin)) {
    throw new EngineError(
      "E_UNSUPPORTED",
      `${place} is ${name} ${version}: use ${name} ${majorMin}.${minorMin} or newer`,
      { details: { place, version } },
    );
  }
  return name === "MariaDB"
    ? {
        name,
        version,
        sharing: "LOCK IN SHARE MODE SKIP LOCKED",
        sharingNow: "LOCK IN SHARE MODE NOWAIT",
        returning: true,
        collation: "utf8mb4_nopad_bin",
        unbounded: "SET SESSION max_statement_time = 0",
        jsonText: " CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin",
      }
    : {
        name,
        version,
        sharing: "FOR SHARE SKIP LOCKED",
        sharingNow: "FOR SHARE NOWAIT",
        returning: false,
        collation: "utf8mb4_0900_bin",
        unbounded: "SET SESSION max_execution_time = 0",
        jsonText: "",
      };
}
