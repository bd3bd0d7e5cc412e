import {
  freshDatabase,
  type OwnServer,
  proxy,
  type Server,
  type SqlClient,
  sqlClient,
  type TcpProxy,
} from "@pawl/services";
import { putOnSmallDisk } from "./server-disk.ts";

/** A server that keeps the state of a fleet, with all that is needed to disturb it. */
export interface ServerOfFleet {
  /** As an administrator. */
  readonly url: string;
  /** Whom the fleet connects as: it owns the database and may do nothing else. */
  readonly user: string;
  /** Undefined where others share it. */
  readonly own: OwnServer | undefined;
  /** What the fleet reaches it by. */
  readonly network: TcpProxy;
  /** A small disk with the database and nothing else. */
  readonly disk: string | undefined;
  /** Statements of an administrator in the fleet's database. */
  readonly admin: SqlClient;
}

export const NO_SERVER = { server: undefined, remove: async (): Promise<void> => {} };

/** A database with a user of its own on a server, behind a proxy. */
export async function serverOfFleet(on: Server | OwnServer, smallDisk: boolean) {
  const { url, name: user, drop } = await freshDatabase(on);
  const server = sqlClient(on.url);
  const disk = smallDisk ? await putOnSmallDisk(server, { url, name: user }) : undefined;
  const admin = sqlClient(url);
  for (const sql of giveTo(url, user)) await admin.rows(sql);
  const fleets = new URL(url);
  fleets.username = user;
  const network = await proxy(fleets.href);
  const own = "freeze" in on ? on : undefined;
  const remove = async (): Promise<void> => {
    await admin.close();
    await network.close();
    await (disk ? disk.remove() : drop());
    await server.rows(url.startsWith("postgres") ? `DROP ROLE ${user}` : `DROP USER ${user}`);
    await server.close();
  };
  const parts = { url, user, network, admin, own, disk: disk?.folder };
  return { server: parts satisfies ServerOfFleet, remove };
}

const giveTo = (url: string, user: string): readonly string[] =>
  url.startsWith("postgres")
    ? [`CREATE ROLE ${user} LOGIN`, `ALTER DATABASE ${user} OWNER TO ${user}`]
    : [`CREATE USER ${user}`, `GRANT ALL ON ${user}.* TO ${user}`];
