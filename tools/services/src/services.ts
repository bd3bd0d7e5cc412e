import { privateMariadb } from "./mariadb/private-mariadb.ts";
import type { OwnServer } from "./own-server.ts";
import { isSkipped, type Place, type Skipped } from "./place.ts";
import { privatePostgres } from "./postgres/private-postgres.ts";
import { privateRedis } from "./redis/private-redis.ts";
import { privateSqs } from "./sqs/private-sqs.ts";

/** What a test may ask for. */
export const SERVICE_NAMES = ["postgres", "mariadb", "mysql", "redis", "sqs"] as const;
export type ServiceName = (typeof SERVICE_NAMES)[number];

/** What tests share forgets faster: no file of a shared server outlives the run. */
const START: { readonly [name in ServiceName]: () => Promise<OwnServer | Skipped> } = {
  postgres: () =>
    privatePostgres({
      settings: { fsync: "off", synchronous_commit: "off", full_page_writes: "off" },
    }),
  mariadb: () =>
    privateMariadb({
      settings: { "innodb-flush-log-at-trx-commit": 0, "innodb-flush-method": "nosync" },
    }),
  mysql: async () => ({ skipped: `set ${variableOf("mysql")}: Debian has no package of it` }),
  redis: privateRedis,
  sqs: privateSqs,
};

/** The server that the environment names, else one of our own. */
export async function startService(name: ServiceName): Promise<Place> {
  const url = process.env[variableOf(name)];
  if (url) return { url, stop: async () => {} };
  const server = await START[name]();
  return isSkipped(server) ? server : { url: server.url, stop: server.remove };
}

const variableOf = (name: ServiceName): string => `PAWL_TEST_${name.toUpperCase()}_URL`;

export function serviceNamed(name: string): ServiceName {
  const found = SERVICE_NAMES.find((each) => each === name);
  if (found) return found;
  throw new Error(`There is no service "${name}"; there are ${SERVICE_NAMES.join(", ")}.`);
}
