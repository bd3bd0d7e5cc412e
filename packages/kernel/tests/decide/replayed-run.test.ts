import { defineStage, type FailurePolicy, TerminalError, WorkflowBuilder } from "@pawl/kernel";
import { describe, expect, it } from "vitest";
import { Harness } from "../support/harness.ts";

interface Faulty {
  broken: boolean;
}

const faulty = (id: string, fault: Faulty, onFailure: FailurePolicy = "failRun") =>
  defineStage({
    id,
    schemas: {},
    onFailure,
    async execute() {
      if (fault.broken) throw new TerminalError("broken");
      return { output: id };
    },
  });

const plain = (id: string) =>
  defineStage({ id, schemas: {}, execute: async () => ({ output: id }) });

async function mendAndReplay(h: Harness, fault: Faulty): Promise<void> {
  fault.broken = false;
  const [letter] = await h.kernel.dispatch<"deadletter.list">({ type: "deadletter.list" });
  if (!letter) throw new Error("no dead letter");
  await h.kernel.dispatch({ type: "deadletter.replay", id: letter.id, actor: "ada" });
  await h.drain();
}

const statuses = (h: Harness): Record<string, string> =>
  Object.fromEntries(h.persistence.dump().stages.map((row) => [row.stageId, row.status]));

describe("a run whose dead letter is replayed after the fault is mended", () => {
  it("goes on from the failed stage to its end", async () => {
    const fault = { broken: true };
    const workflow = new WorkflowBuilder("w")
      .pipe(plain("a"))
      .pipe(faulty("b", fault))
      .pipe(plain("c"))
      .build();
    const h = new Harness([workflow]);
    const id = await h.start("w");
    await h.drain();
    expect((await h.kernel.query.getRun(id)).status).toBe("failed");
    await mendAndReplay(h, fault);
    expect((await h.kernel.query.getRun(id)).status).toBe("completed");
    expect(statuses(h)).toEqual({ a: "completed", b: "completed", c: "completed" });
  });

  it("runs what had been skipped because of the failure", async () => {
    const fault = { broken: true };
    const workflow = new WorkflowBuilder("w")
      .pipe(faulty("a", fault, "stopBranch"))
      .pipe(plain("b"))
      .build();
    const h = new Harness([workflow]);
    const id = await h.start("w");
    await h.drain();
    expect(statuses(h)).toEqual({ a: "failed", b: "skipped" });
    await mendAndReplay(h, fault);
    expect((await h.kernel.query.getRun(id)).status).toBe("completed");
    expect(statuses(h)).toEqual({ a: "completed", b: "completed" });
  });

  it("waits anew for what a cancelled stage beside it was waiting for", async () => {
    const fault = { broken: true };
    const sleeper = defineStage({
      id: "sleeper",
      schemas: {},
      async execute(ctx) {
        await ctx.sleep("nap", "1 h");
        return { output: 1 };
      },
    });
    const late = defineStage({
      id: "late",
      schemas: {},
      async execute(ctx) {
        await ctx.sleep("short", "1 min");
        if (fault.broken) throw new TerminalError("broken");
        return { output: 1 };
      },
    });
    const h = new Harness([new WorkflowBuilder("w").parallel([sleeper, late]).build()]);
    const id = await h.start("w");
    await h.drain();
    expect(statuses(h)).toEqual({ sleeper: "cancelled", late: "failed" });
    await mendAndReplay(h, fault);
    expect((await h.kernel.query.getRun(id)).status).toBe("completed");
  });

  it("waits anew for what the failed stage itself was waiting for", async () => {
    const fault = { broken: true };
    const stage = defineStage({
      id: "a",
      schemas: {},
      async execute(ctx) {
        const long = ctx.sleep("long", "1 h");
        await ctx.sleep("short", "1 min");
        if (fault.broken) throw new TerminalError("broken");
        await long;
        return { output: 1 };
      },
    });
    const h = new Harness([new WorkflowBuilder("w").pipe(stage).build()]);
    const id = await h.start("w");
    await h.drain();
    expect(statuses(h)).toEqual({ a: "failed" });
    await mendAndReplay(h, fault);
    expect((await h.kernel.query.getRun(id)).status).toBe("completed");
  });
});
