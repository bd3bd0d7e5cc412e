import { connect } from "node:net";
import type { PostgresClient } from "./driver.ts";

const CANCEL_REQUEST = 80_877_102;
const CANCEL_TIMEOUT_MS = 2_000;

/** What the driver knows of a connection, but does not say in its types. */
interface Backend {
  readonly host?: string;
  readonly port?: number;
  readonly processID?: number | null;
  readonly secretKey?: number | null;
}

/**
 * Asks the server, on a connection of its own, to end what another one executes. Best effort:
 * without it a statement that waits for a lock would go on waiting and hold locks itself.
 */
export function cancelStatement(client: PostgresClient): void {
  const { host, port, processID, secretKey } = client as unknown as Backend;
  if (!host || !port || typeof processID !== "number" || typeof secretKey !== "number") return;
  const request = Buffer.alloc(16);
  request.writeInt32BE(16, 0);
  request.writeInt32BE(CANCEL_REQUEST, 4);
  request.writeInt32BE(processID, 8);
  request.writeInt32BE(secretKey, 12);
  const path = `${host}/.s.PGSQL.${port}`;
  const socket = host.startsWith("/") ? connect(path) : connect(port, host);
  socket.unref();
  socket.setTimeout(CANCEL_TIMEOUT_MS, () => socket.destroy());
  socket.on("error", () => socket.destroy());
  socket.end(request);
}
