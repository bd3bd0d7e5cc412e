import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { HOST } from "../free-port.ts";

export interface DeafProxy {
  /** That of the server, by way of the proxy. */
  readonly url: string;
  /** Notifications that were swallowed. */
  swallowed(): number;
  close(): Promise<void>;
}

const NOTIFICATION = "A".charCodeAt(0);
/** A letter and four bytes that count themselves and what follows. */
const HEAD_BYTES = 5;

/** Before PostgreSQL: swallows notifications, as a pooler in transaction mode would. */
export async function deafProxy(target: string): Promise<DeafProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let swallowed = 0;
  const listener = createServer((client) => {
    const server = connect(Number(port), hostname);
    for (const [end, other] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(end);
      end.setNoDelay(true);
      end.on("error", () => other.destroy());
      end.on("close", () => {
        sockets.delete(end);
        other.destroy();
      });
    }
    client.on("data", (chunk: Buffer) => server.write(chunk));
    const split = messages((message) => {
      if (message[0] === NOTIFICATION) swallowed += 1;
      else client.write(message);
    });
    server.on("data", split);
  });
  listener.listen(0, HOST);
  await once(listener, "listening");
  const url = new URL(target);
  url.host = `${HOST}:${(listener.address() as AddressInfo).port}`;
  return {
    url: url.href,
    swallowed: () => swallowed,
    close: async () => {
      listener.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Cuts what a server says into its messages. */
function messages(each: (message: Buffer) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= HEAD_BYTES) {
      const bytes = 1 + rest.readInt32BE(1);
      if (rest.length < bytes) return;
      each(rest.subarray(0, bytes));
      rest = rest.subarray(bytes);
    }
  };
}
