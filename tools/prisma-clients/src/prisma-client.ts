import type { PrismaClient as MysqlClient } from "../generated/mysql/client/client.ts";
import type { PrismaClient as PostgresqlClient } from "../generated/postgresql/client/client.ts";
import type { PrismaClient as SqliteClient } from "../generated/sqlite/client/client.ts";
import { generateClients } from "./generate-clients.ts";
import type { Provider } from "./provider.ts";

/** The client of a provider; made with the driver adapter of its database. */
export interface ClientOf {
  readonly sqlite: SqliteClient;
  readonly postgresql: PostgresqlClient;
  readonly mysql: MysqlClient;
}

/** A generated client's class, as far as all three are made alike. */
export type ClientClass<P extends Provider> = new (options: {
  readonly adapter: object;
  readonly transactionOptions?: { readonly maxWait?: number; readonly timeout?: number };
}) => ClientOf[P];

/** The generated class of a provider's client, made first where it is not yet or is stale. */
export async function prismaClient<P extends Provider>(provider: P): Promise<ClientClass<P>> {
  await generateClients();
  const place = new URL(`../generated/${provider}/client/client.ts`, import.meta.url);
  const { PrismaClient } = (await import(place.href)) as { PrismaClient: ClientClass<P> };
  return PrismaClient;
}
