import { createMemoryBlobStore } from "@pawl/blob-memory";
import { type AnyWorkflow, EngineError, WorkflowBuilder } from "@pawl/kernel";
import type { BlobStore } from "@pawl/kernel/ports";
import { describe, expect, it } from "vitest";
import { Harness } from "../support/harness.ts";
import { eventTypes } from "./fleet.ts";
import { stage } from "./workflows.ts";

const big = stage("big", async () => "x".repeat(50_000));
const fork = () => new WorkflowBuilder("w").stage(big).stage(stage("small"));

/** What is read of the big output only when both branches have ended. */
const WORKFLOWS: Readonly<Record<string, () => AnyWorkflow>> = {
  "the run's output": () => fork().build(),
  "a join's condition": () =>
    fork()
      .stage(stage("join"), { after: ["big", "small"], when: () => true } as never)
      .build(),
};

/** Keeps blobs, and answers `get` as told. */
function storeThat(gets: { answer: "well" | "nothing" | "other bytes" | "an error" }): BlobStore {
  const inner = createMemoryBlobStore();
  return {
    ...inner,
    get: async (hash) => {
      if (gets.answer === "an error") throw new EngineError("E_BLOB_UNAVAILABLE", "no route");
      if (gets.answer === "nothing") return undefined;
      return gets.answer === "well" ? inner.get(hash) : new Uint8Array([1]);
    },
  };
}

/** Works for an hour, a round each minute. */
async function work(h: Harness): Promise<void> {
  for (let i = 0; i < 60; i++) {
    await h.drain();
    await h.world.advance(60_000);
    await h.kernel.maintain({ thorough: true });
  }
}

describe.each(Object.keys(WORKFLOWS))("%s that needs an output", (name) => {
  const make = WORKFLOWS[name] as () => AnyWorkflow;

  it.each([
    ["that is missing", "nothing", "E_BLOB_MISSING"],
    ["that is damaged", "other bytes", "E_BLOB_CORRUPT"],
  ] as const)("%s fails the run, and says so", async (_, answer, code) => {
    const h = new Harness([make()], { blobStore: storeThat({ answer }) });
    const id = await h.start("w");
    await work(h);
    const run = await h.kernel.query.getRun(id);
    expect(run).toMatchObject({ status: "failed", failure: { code } });
    expect(eventTypes(h, id).filter((type) => type === "run.failed")).toHaveLength(1);
    const told = h.logged.filter(({ level, facts }) => level === "error" && facts.runId === id);
    expect(told).toMatchObject([{ facts: { error: { code } } }]);
  });

  it("from a store out of reach is tried again until it is there", async () => {
    const gets: Parameters<typeof storeThat>[0] = { answer: "an error" };
    const h = new Harness([make()], { blobStore: storeThat(gets) });
    const id = await h.start("w");
    await work(h);
    expect(h.persistence.dump().runs).toMatchObject([{ id, status: "running" }]);
    gets.answer = "well";
    await h.kernel.maintain({ thorough: true });
    await h.drain();
    expect((await h.kernel.query.getRun(id)).status).toBe("completed");
  });
});
