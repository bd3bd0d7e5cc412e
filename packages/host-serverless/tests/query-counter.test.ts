import type { Persistence } from "@pawl/kernel/ports";
import { createMemoryPersistence } from "@pawl/persistence-memory";
import { expect, it } from "vitest";
import { countQueries, createQueryCounter } from "../src/index.ts";

/** As an adapter with private fields is. */
class Guarded {
  readonly #inner = createMemoryPersistence({ clock: { now: () => 1 } });
  readonly capabilities = this.#inner.capabilities;
  readonly query = this.#inner.query;
  memoPage(...asked: Parameters<Persistence["memoPage"]>) {
    return this.#inner.memoPage(...asked);
  }
  close(): Promise<void> {
    return this.#inner.close();
  }
}

it("counts every call that is a query, and leaves all else as it is", async () => {
  const counter = createQueryCounter();
  const heard: number[] = [];
  const stop = counter.listen(() => heard.push(counter.used));
  const inner = new Guarded();
  const counted = countQueries(inner as never, counter);
  expect(counted.capabilities).toBe(inner.capabilities);
  const stage = { runId: "r", stageId: "s", mapIndex: 0, generation: 0 };
  await counted.memoPage(stage, 0, { recordsMax: 1, bytesMax: 1 });
  await counted.query.get("runs", { id: "r" });
  await counted.query.find({ table: "runs", where: {}, limit: 1 });
  expect(counted.heartbeatDescriptor).toBe(undefined);
  await counted.close();
  expect(counter.used).toBe(3);
  stop();
  counter.add(5);
  expect([counter.used, heard]).toEqual([8, [1, 2, 3]]);
});
