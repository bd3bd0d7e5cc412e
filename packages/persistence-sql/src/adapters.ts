/** For adapters of this repository that bring their own way to a database. Not for applications. */
export { statementsOf } from "./migrations/migration.ts";
export { MysqlConnections } from "./mysql/connections.ts";
export { isDisconnected as isMysqlDisconnected } from "./mysql/errors.ts";
export { openMysqlStore } from "./mysql/open.ts";
export { mysqlPersistence } from "./mysql/persistence.ts";
export type {
  MysqlSessions,
  Outcome as MysqlOutcome,
  Session as MysqlSession,
} from "./mysql/session.ts";
export type { ObservedCall } from "./observed-call.ts";
export { checkWhole } from "./option-checks.ts";
export { PostgresConnection } from "./postgres/connection.ts";
export { ServerFailure, StatementTimeout } from "./postgres/errors.ts";
export type { BoundLink, Execute, PostgresLink, Run } from "./postgres/link.ts";
export { openPostgresStore } from "./postgres/open.ts";
export { postgresPersistence } from "./postgres/persistence.ts";
export { numberPlaceholders } from "./postgres/prepared-texts.ts";
export { undoneAlone } from "./postgres/undone-alone.ts";
export type { SqliteCalls } from "./sqlite/calls.ts";
export {
  closedError as sqliteClosedError,
  isLocked as isSqliteLocked,
  translate as translateSqlite,
} from "./sqlite/errors.ts";
export { openSqliteStore } from "./sqlite/open.ts";
export { sqlitePersistence } from "./sqlite/persistence.ts";
export type {
  Asked as SqliteAsked,
  Outcome as SqliteOutcome,
  Work as SqliteWork,
} from "./sqlite/work.ts";
export type { SqlRow, SqlValue, Statement } from "./statements/statement.ts";
export { inTurnOf } from "./turns-of-callers.ts";
