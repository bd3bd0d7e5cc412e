import { defineWorkflow } from "@pawl/kernel";
import { afterEach, expect, it } from "vitest";
import type { NodeHost, NodeHostOptions } from "../src/index.ts";
import { createGate, createWorld } from "./world.ts";

const hello = defineWorkflow({ id: "hello", run: async () => "hello" });
const hosts: NodeHost[] = [];
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.stop()));
});

async function served(options: Partial<NodeHostOptions> = {}) {
  const world = createWorld({ workflows: [hello] });
  const host = world.host({ health: { port: 0, host: "127.0.0.1" }, ...options });
  hosts.push(host);
  await host.start();
  const ask = async (path: string, method = "GET") => {
    const response = await fetch(`http://127.0.0.1:${host.getStats().healthPort}${path}`, {
      method,
    });
    return { status: response.status, body: await response.json().catch(() => undefined) };
  };
  return { world, host, ask };
}

it("is healthy and ready while the host runs and the database answers", async () => {
  const { ask } = await served();
  const body = { status: "ok", database: true, ready: true };
  expect(await ask("/health")).toEqual({ status: 200, body });
  expect(await ask("/ready?verbose")).toEqual({ status: 200, body });
});

it("is neither when the database fails [119]", async () => {
  const { world, ask } = await served();
  world.fail("find", "unavailable");
  expect(await ask("/health")).toMatchObject({ status: 503, body: { database: false } });
  expect(await ask("/ready")).toMatchObject({ status: 503 });
});

it("is not healthy when the database takes more than two seconds [119]", async () => {
  const { world, ask } = await served();
  const hung = createGate();
  const { query } = world.kernel;
  const listRuns = query.listRuns;
  Object.assign(query, { listRuns: () => hung.opened.then(() => listRuns()) });
  const asked = ask("/health");
  await expect.poll(() => world.time.pending()).toBeGreaterThan(4);
  await world.time.advance(2_000);
  expect(await asked).toMatchObject({ status: 503 });
  hung.open();
});

it("a draining host is healthy but not ready [119]", async () => {
  const { host, ask } = await served();
  await host.drain();
  expect(await ask("/health")).toMatchObject({ status: 200 });
  expect(await ask("/ready")).toMatchObject({ status: 503, body: { ready: false } });
});

it("answers nothing but GET of these two", async () => {
  const { ask } = await served();
  expect(await ask("/")).toMatchObject({ status: 404 });
  expect(await ask("/health", "POST")).toMatchObject({ status: 405 });
});

it("a port that is taken is said so, and no session is left open", async () => {
  const { host, world } = await served();
  const second = world.host({
    health: { port: Number(host.getStats().healthPort), host: "127.0.0.1" },
  });
  await expect(second.start()).rejects.toMatchObject({ code: "E_ARGUMENT_INVALID" });
  const statuses = world.persistence.dump().workers.map(({ status }) => status);
  expect(statuses.toSorted()).toEqual(["active", "gone"]);
});
