import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, expect, it, vi } from "vitest";
import { privateRedis } from "../src/index.ts";
import { describeOn } from "../src/vitest/index.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

describeOn("a Redis of one's own", await privateRedis(), (server) => {
  afterAll(() => server.remove());

  it("comes back with what it wrote", async () => {
    expect(await ask(server.port, "SET kept 1")).toBe("+OK\r\n");
    await server.stop();
    await expect(ask(server.port, "PING")).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await server.start();
    expect(await ask(server.port, "GET kept")).toBe("$1\r\n1\r\n");
  });
});

async function ask(port: number, command: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  try {
    socket.write(`${command}\r\n`);
    return String((await once(socket, "data"))[0]);
  } finally {
    socket.destroy();
  }
}
