import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { defineWorkflow, EngineError, pawl } from "../src/index.ts";
import { type Apps, temporaryApps } from "./apps.ts";

let apps: Apps;
beforeEach(async () => {
  apps = await temporaryApps();
});
afterEach(() => apps.remove());

const greet = defineWorkflow({ id: "greet", run: async () => "Hello" });

const refusal = async (work: () => Promise<unknown>): Promise<EngineError> => {
  try {
    await work();
  } catch (error) {
    if (EngineError.is(error, "E_ARGUMENT_INVALID")) return error;
    throw error;
  }
  throw new Error("was not refused");
};

describe("pawl refuses [B13]", () => {
  it.each<[string, unknown, readonly string[]]>([
    ["no options", undefined, ["pawl takes an object of options; undefined"]],
    ["a workflow for options", "greet", ['"greet" was given']],
    ["no workflows", {}, ['pawl needs the option "workflows", a list']],
    ["a misspelt name", { workflow: greet }, ['"workflow" (an object', 'mean "workflows"?']],
    ["no list", { workflows: greet }, ['"workflows" of pawl is an object; give a list']],
    ["no workflow in it", { workflows: [undefined] }, ["workflows[0] is undefined"]],
    ["an option like another", { workflows: [], concurency: 5 }, ["(5 was", '"concurrency"?']],
    ["an option like no other", { workflows: [], colour: 1 }, ['"colour"', "It has: workflows,"]],
    ["a wrong kind", { workflows: [], concurrency: "5" }, ['"concurrency" of pawl is "5"']],
    ["an unknown word", { workflows: [], synchronous: "OFF" }, ['"OFF"; give "FULL" or "NORMAL"']],
    ["a misspelt setting of its host", { workflows: [], host: { queue: "a" } }, ['"queues"?']],
    ["a host that is none", { workflows: [], host: true }, ['"host" of pawl is true']],
    ["a misspelt limit", { workflows: [], limits: { sweepRow: 1 } }, ['"sweepRows"?']],
  ])("%s, by its name, before it opens anything", async (_, options, says) => {
    const here = { directory: apps.directory, environment: {} };
    const given =
      typeof options === "object" && options !== null && Object.keys(options).length > 0
        ? { ...here, ...options }
        : options;
    const { message } = await refusal(() => pawl(given as never));
    for (const part of says) expect(message).toContain(part);
  });

  it("what it refuses for its names leaves no file behind", async () => {
    await refusal(() => apps.open([greet], { concurency: 5 } as never));
    expect(existsSync(join(apps.directory, "pawl.db"))).toBe(false);
  });
});

describe("an app refuses [B13]", () => {
  it("a start of what is no workflow, by name", async () => {
    const app = await apps.open([greet]);
    const { message } = await refusal(() => app.start("greet" as never, undefined));
    expect(message).toBe(
      'The first argument of start is "greet", which is text and no workflow. Give the object ' +
        "that defineWorkflow or WorkflowBuilder's .build() answers.",
    );
  });

  it("misspelt options of a start", async () => {
    const app = await apps.open([greet]);
    const start = () => app.start(greet, undefined, { idempotencykey: "a" } as never);
    expect((await refusal(start)).message).toContain('"idempotencyKey"?');
    expect((await app.kernel.query.listRuns()).runs).toEqual([]);
  });

  it.each([
    ["tomorrow", '"tomorrow"'],
    [new Date("tomorrow"), "Invalid Date"],
    [Number.NaN, "NaN"],
    [true, "true"],
  ])("a start at %s", async (startAt, is) => {
    const app = await apps.open([greet]);
    const { message } = await refusal(() => app.start(greet, undefined, { startAt } as never));
    const says = `Option "startAt" of start is ${is}; give a Date, or epoch milliseconds.`;
    expect(message).toBe(says);
    expect((await app.kernel.query.listRuns()).runs).toEqual([]);
  });

  it.each([
    ["5s", '"5s"'],
    [Number.NaN, "NaN"],
    [-1, "-1"],
    [Number.POSITIVE_INFINITY, "Infinity"],
    [null, "null"],
  ])("to wait for %s", async (timeoutMs, is) => {
    const app = await apps.open([greet], { worker: false });
    const run = await app.start(greet);
    const { message } = await refusal(() => run.result({ timeoutMs } as never));
    expect(message).toBe(
      `Option "timeoutMs" of result is ${is}; give milliseconds from 0, or leave it out to wait ` +
        "until the run ends.",
    );
  });

  it("to look into or change a run once it was stopped", async () => {
    const app = await apps.open([greet], { worker: false });
    const run = await app.start(greet);
    await app.stop();
    const asked = [run.status(), run.cancel(), run.pause(), run.resume(), run.result()];
    for (const answer of asked) {
      await expect(answer).rejects.toMatchObject({
        code: "E_STATE_INVALID",
        message: "The app was stopped: open another.",
      });
    }
  });

  it("misspelt options of a result, instead of waiting for ever", async () => {
    const app = await apps.open([greet], { worker: false });
    const run = await app.start(greet, undefined);
    const { message } = await refusal(() => run.result({ timeout: 5 } as never));
    expect(message).toBe('result has no option "timeout" (5 was given). Did you mean "timeoutMs"?');
  });
});
