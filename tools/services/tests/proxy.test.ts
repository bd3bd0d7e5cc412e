import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { proxy, type TcpProxy } from "../src/index.ts";

let heard = "";
const echo = createServer((socket) => {
  socket.on("error", () => {});
  socket.on("data", (chunk) => {
    heard += chunk;
    socket.write(chunk);
  });
});
let between: TcpProxy;

beforeEach(async () => {
  heard = "";
  echo.listen(0, "127.0.0.1");
  await once(echo, "listening");
  const { port } = echo.address() as AddressInfo;
  between = await proxy(`echo://user@127.0.0.1:${port}/path?a=b`);
});
afterEach(async () => {
  await between.close();
  echo.close();
});

it("passes what both say, under its own address", async () => {
  expect(between.url).toMatch(/^echo:\/\/user@127\.0\.0\.1:\d+\/path\?a=b$/);
  const client = await connected();
  expect(await answerTo(client, "hello")).toBe("hello");
});

it("cuts what is connected, and lets new connections pass", async () => {
  const client = await connected();
  between.cut();
  await closed(client);
  expect(await answerTo(await connected(), "again")).toBe("again");
});

it("refuses until it passes again", async () => {
  const client = await connected();
  between.refuse();
  await closed(client);
  await expect(connected()).rejects.toMatchObject({ code: "ECONNREFUSED" });
  await between.pass();
  expect(await answerTo(await connected(), "again")).toBe("again");
});

it("delays every chunk both ways, in order", async () => {
  const client = await connected();
  between.delay(30);
  const startedAt = performance.now();
  client.write("one ");
  client.write("two");
  let said = "";
  while (said !== "one two") said += String((await once(client, "data"))[0]);
  expect(performance.now() - startedAt).toBeGreaterThan(55);
});

it("holds everything without a word until it passes again", async () => {
  const client = await connected();
  expect(await answerTo(client, "before")).toBe("before");
  between.hold();
  const answer = answerTo(client, "held");
  const other = await connected();
  expect(heard).toBe("before");
  await between.pass();
  expect(await answer).toBe("held");
  expect(await answerTo(other, "other")).toBe("other");
});

it("loses the answer to what the server did get, once", async () => {
  const client = await connected();
  const lost = between.loseAnswer("COMMIT");
  expect(await answerTo(client, "INSERT")).toBe("INSERT");
  client.write("COMMIT");
  await Promise.all([lost, closed(client)]);
  expect(heard).toBe("INSERTCOMMIT");
  expect(await answerTo(await connected(), "COMMIT")).toBe("COMMIT");
});

it("loses what was asked before the server gets it, once", async () => {
  const client = await connected();
  const lost = between.loseRequest("COMMIT");
  expect(await answerTo(client, "INSERT")).toBe("INSERT");
  client.write("COMMIT");
  await Promise.all([lost, closed(client)]);
  expect(heard).toBe("INSERT");
  expect(await answerTo(await connected(), "COMMIT")).toBe("COMMIT");
});

it("forgets the connections there are for good, and serves new ones", async () => {
  const old = await connected();
  expect(await answerTo(old, "old")).toBe("old");
  between.forget();
  const never = once(old, "data").then(() => "answered");
  old.write("never");
  const young = await connected();
  expect(await answerTo(young, "new")).toBe("new");
  await between.pass();
  expect(await Promise.race([never, answerTo(young, "again")])).toBe("again");
  expect(heard).toBe("oldnewagain");
});

async function connected(): Promise<Socket> {
  const socket = connect(Number(new URL(between.url).port), "127.0.0.1");
  socket.setNoDelay(true);
  await once(socket, "connect");
  socket.on("error", () => {});
  return socket;
}

async function answerTo(socket: Socket, said: string): Promise<string> {
  socket.write(said);
  return String((await once(socket, "data"))[0]);
}

const closed = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    socket.on("close", () => resolve());
  });
