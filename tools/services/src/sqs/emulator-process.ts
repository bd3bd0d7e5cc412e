import { type ListenOptions, Server } from "node:net";
import { DatabaseSync } from "node:sqlite";
import { startFauxqs } from "fauxqs";
import { HOST } from "../free-port.ts";
import { heedConditions } from "./heed-conditions.ts";

const [port, dataDir] = process.argv.slice(2);
keepsReceiveCounts();
listensHereOnly();
heedConditions();
await startFauxqs({ port: Number(port), logger: false, ...(dataDir ? { dataDir } : {}) });

/**
 * fauxqs 2.4.1 keeps a message that is made visible again without its number of receives, which its
 * own table refuses: the message is lost.
 */
function keepsReceiveCounts(): void {
  const { prepare } = DatabaseSync.prototype;
  DatabaseSync.prototype.prepare = function (sql, ...rest) {
    const kept = sql.replace(/(approximate_receive_count) = \?/, "$1 = COALESCE(?, $1)");
    return prepare.call(this, kept, ...rest);
  };
}

/** It would listen on every address of the machine, and it asks nobody who they are. */
function listensHereOnly(): void {
  const { listen } = Server.prototype;
  Server.prototype.listen = function (this: Server, options: ListenOptions, ...rest: unknown[]) {
    return Reflect.apply(listen, this, [{ ...options, host: HOST }, ...rest]);
  } as Server["listen"];
}
