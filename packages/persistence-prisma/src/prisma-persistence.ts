import type { Persistence } from "@pawl/kernel/ports";
import {
  MysqlConnections,
  mysqlPersistence,
  openMysqlStore,
  openPostgresStore,
  openSqliteStore,
  PostgresConnection,
  postgresPersistence,
  sqlitePersistence,
} from "@pawl/persistence-sql/adapters";
import { PrismaSessions } from "./mysql/prisma-sessions.ts";
import {
  checkPrismaOptions,
  type PrismaPersistenceOptions,
  type PrismaProvider,
} from "./options.ts";
import { PrismaLink } from "./postgres/prisma-link.ts";
import { providerOf } from "./provider.ts";
import { connectSqlite } from "./sqlite/connect.ts";

const STATEMENT_TIMEOUT_MS = 30_000;
/** What a call may take beyond its slowest statement. */
const ANSWER_GRACE_MS = 5_000;

type Opened = PrismaPersistenceOptions & { readonly statementTimeoutMs: number };

/** Pawl in the database of a PrismaClient: through its raw statements, whatever its models are. */
export async function createPrismaPersistence(
  options: PrismaPersistenceOptions,
): Promise<Persistence> {
  checkPrismaOptions(options);
  const provider = options.provider ?? (await providerOf(options.prisma));
  const statementTimeoutMs = options.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS;
  return withoutOwnConnection(await OPEN[provider]({ ...options, statementTimeoutMs }));
}

/** A client has no connection of which it is known who holds it, so none tells of a death. */
function withoutOwnConnection(persistence: Persistence): Persistence {
  const { deadSessions: _, heartbeatDescriptor: _none, ...port } = persistence;
  return port;
}

const OPEN: Readonly<Record<PrismaProvider, (options: Opened) => Promise<Persistence>>> = {
  postgresql: async (options) => {
    const link = new PrismaLink(options.prisma, options.statementTimeoutMs);
    const connect = async () => new PostgresConnection(link, options.observe);
    return postgresPersistence(await openPostgresStore(connect, options));
  },
  mysql: async (options) => {
    const sessions = new PrismaSessions(options.prisma, options.statementTimeoutMs);
    const answerTimeoutMs = options.statementTimeoutMs + ANSWER_GRACE_MS;
    const { observe } = options;
    const connections = new MysqlConnections({ sessions, answerTimeoutMs, observe });
    return mysqlPersistence(await openMysqlStore(connections, { ...options, isolated: true }));
  },
  sqlite: async (options) => {
    const { migrate = false } = options;
    const connect = () => connectSqlite(options);
    return sqlitePersistence(await openSqliteStore(connect, { ...options, migrate }));
  },
};
