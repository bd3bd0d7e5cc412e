import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createPostgresPersistence } from "../../src/index.ts";

const text = (value: string): Buffer => Buffer.from(`${value}\0`);

function message(type: string, body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), length, body]);
}

const WELCOME = [message("R", Buffer.alloc(4)), message("Z", Buffer.from("I"))];
const FAREWELL = message(
  "E",
  Buffer.concat([
    ...["SFATAL", "VFATAL", "C57P01", "Mterminating connection"].map(text),
    Buffer.alloc(1),
  ]),
);

/** A server that crashes: it lets clients in and ends their connection in the same breath. */
const server = createServer((socket) => {
  socket.on("error", () => {});
  socket.once("data", () => socket.end(Buffer.concat([...WELCOME, FAREWELL])));
});
beforeEach(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterEach(() => void server.close());

it("a connection that ends as soon as it is there fails its call, not the process", async () => {
  const { port } = server.address() as AddressInfo;
  const opening = createPostgresPersistence({ url: `postgres://user@127.0.0.1:${port}/app` });
  await expect(opening).rejects.toMatchObject({ code: "E_PERSISTENCE_UNAVAILABLE" });
});
