import { readFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import {
  type AnyWorkflow,
  defineStage,
  defineWorkflow,
  EngineError,
  type Pawl,
  RunFailedError,
  WorkflowBuilder,
} from "../src/index.ts";
import { type Apps, temporaryApps } from "./apps.ts";

let apps: Apps;
beforeEach(async () => {
  apps = await temporaryApps();
});
afterEach(() => apps.remove());

const greet = defineWorkflow({
  id: "greet",
  input: z.object({ name: z.string() }),
  run: (ctx, { name }) => ctx.step("greet", () => `Hello ${name}`),
});
const tuned = new WorkflowBuilder("tuned")
  .pipe(
    defineStage({
      id: "model",
      schemas: { config: z.object({ heat: z.number() }) },
      execute: async () => ({ output: "ok" }),
    }),
  )
  .build();
const ghost: AnyWorkflow = defineWorkflow({ id: "ghost", run: async () => 1 });

const failureOf = async (work: Promise<unknown>): Promise<EngineError> => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!EngineError.is(error)) throw new Error(`no typed error: ${String(error)}`);
  return error;
};

/** The database file read by somebody else. */
const read = (sql: string): unknown[] => {
  const database = new Database(join(apps.directory, "pawl.db"), { readonly: true });
  try {
    return database.prepare(sql).all();
  } finally {
    database.close();
  }
};

/** The database file changed by somebody else. */
const change = (sql: string): void => {
  const database = new Database(join(apps.directory, "pawl.db"));
  database.exec(sql);
  database.close();
};

/** Good work is still done after the bad. */
const goesOn = async (app: Pawl): Promise<void> => {
  const run = await app.start(greet, { name: "Ada" });
  expect(await run.result({ timeoutMs: 10_000 })).toBe("Hello Ada");
};

describe("a start", () => {
  const bad: readonly [string, (app: Pawl) => Promise<unknown>, string, readonly string[]][] = [
    [
      "of a workflow that nobody registered [B1]",
      (app) => app.start(ghost, undefined),
      "E_WORKFLOW_UNKNOWN",
      ['"ghost"', 'Registered: "greet"', '"tuned"'],
    ],
    [
      "with an input that does not fit [B2]",
      (app) => app.start(greet, { name: 7 } as never),
      "E_INPUT_INVALID",
      ['workflow "greet"', "name:", "expected string, received number"],
    ],
    [
      "with config of a wrong type [B3]",
      (app) => app.start(tuned, undefined, { config: { model: { heat: "hot" } } }),
      "E_CONFIG_INVALID",
      ['stage "model"', "heat:", "expected number, received string"],
    ],
    [
      "with config for a stage that there is not [B3]",
      (app) => app.start(tuned, undefined, { config: { modle: { heat: 1 } } }),
      "E_CONFIG_INVALID",
      ['"modle"', 'Stages that do: "model"'],
    ],
    [
      "with an input that can't be stored [B6]",
      (app) => app.start(tuned, { call: () => 1 } as never, { config: { model: { heat: 1 } } }),
      "E_NOT_ENCODABLE",
      ["$.call", "function", "return plain data"],
    ],
    [
      "with an input over the limit [B7]",
      (app) => app.start(greet, { name: "x".repeat(3_000) }),
      "E_PAYLOAD_TOO_LARGE",
      ["3011 bytes", "2000", "payloadBytesMax"],
    ],
  ];

  it.each(bad)("%s says what, which and what to do, and stores nothing", async (...row) => {
    const [, start, code, says] = row;
    const app = await apps.open([greet, tuned], { limits: { payloadBytesMax: 2_000 } });
    const error = await failureOf(start(app));
    expect(error.code).toBe(code);
    for (const part of says) expect(error.message.toLowerCase()).toContain(part.toLowerCase());
    expect((await app.kernel.query.listRuns()).runs).toEqual([]);
    await goesOn(app);
  });
});

describe("a step's output", () => {
  const made = (output: unknown): AnyWorkflow =>
    defineWorkflow({
      id: "made",
      async run(ctx) {
        await ctx.step("kept", () => "kept");
        return ctx.step("made", () => output);
      },
    });

  it.each([
    [
      "that can't be stored [B6]",
      { at: new (class Point {})() },
      "E_NOT_ENCODABLE",
      `Output of step "made" can't be stored: at $.at it is an instance of Point.`,
    ],
    [
      "over the limit [B7]",
      "x".repeat(3_000),
      "E_PAYLOAD_TOO_LARGE",
      'Output of step "made" takes 3002 bytes; at most 2000 are stored.',
    ],
  ])("%s fails the run with its code, and what was recorded stays", async (...row) => {
    const [, output, code, says] = row;
    const workflow = made(output);
    const app = await apps.open([greet, workflow], { limits: { payloadBytesMax: 2_000 } });
    const run = await app.start(workflow, undefined);
    const error = await failureOf(run.result({ timeoutMs: 10_000 }));
    expect((error as RunFailedError).failure).toMatchObject({
      code,
      message: expect.stringContaining(says),
    });
    expect(error).toBeInstanceOf(RunFailedError);
    const { steps } = await app.kernel.query.getTimeline(run.id);
    expect(steps).toMatchObject([{ key: "kept", status: "completed" }]);
    await goesOn(app);
  });
});

it("a stage's output that can't be stored says whose it is", async () => {
  const workflow = defineWorkflow({ id: "w", run: async () => ({ call: () => 1 }) });
  const app = await apps.open([workflow]);
  const error = await failureOf((await app.start(workflow)).result({ timeoutMs: 10_000 }));
  const says = `Output of stage "main" can't be stored: at $.call it is a function.`;
  expect(error.message).toContain(says);
});

describe("a database that somebody changed", () => {
  /** A run that is stored and not begun, its app closed. */
  const storedRun = async (): Promise<string> => {
    const app = await apps.open([greet], { worker: false });
    const run = await app.start(greet, { name: "Bob" });
    await app.stop();
    return run.id;
  };

  it("in the input of one run fails that run alone, by its name [B8]", async () => {
    const id = await storedRun();
    change("UPDATE runs SET input = 'i{half'");
    const app = await apps.open([greet]);
    await goesOn(app);
    await expect.poll(async () => (await app.kernel.query.listRuns()).runs).toHaveLength(2);
    const error = await failureOf(app.kernel.query.getRun(id));
    expect(error).toMatchObject({ code: "E_ROW_CORRUPT" });
    const { runs } = await app.kernel.query.listRuns({ status: "failed" });
    expect(runs).toMatchObject([{ id, failure: { code: "E_ROW_CORRUPT" } }]);
  });

  it.each([
    ["of a run", "UPDATE runs SET labels = '{half'"],
    ["of a stage", "UPDATE stages SET reads = '[half'"],
  ])("in a column %s stops that run and no other [B8]", async (_, damage) => {
    const id = await storedRun();
    change(damage);
    const app = await apps.open([greet]);
    await goesOn(app);
    expect(read("SELECT run_id, status, fence FROM stages WHERE status <> 'completed'")).toEqual([
      { run_id: id, status: "ready", fence: 0 },
    ]);
  });

  it("in a column of a run is named by table and column; mended, it goes on [B8]", async () => {
    const id = await storedRun();
    change("UPDATE runs SET labels = '{half'");
    const lost = await apps.open([greet], { worker: false });
    const error = await failureOf(lost.run(id).result());
    expect(error).toMatchObject({ code: "E_ROW_CORRUPT", details: { column: "labels" } });
    expect(error.message).toContain("runs");
    expect(error.message).toContain(id);
    change("UPDATE runs SET labels = '{}'");
    const app = await apps.open([greet]);
    expect(await app.run(id).result({ timeoutMs: 10_000 })).toBe("Hello Bob");
  });

  it("in a stage of a dead session keeps no other of it; mended, it goes on [B8]", async () => {
    const [bad, good] = [await storedRun(), await storedRun()];
    const other = await apps.open([greet], { worker: false });
    const dead = { type: "worker.register", workerId: "dead", host: "elsewhere", pid: 1 } as const;
    const { id: session } = await other.kernel.dispatch(dead);
    change(`UPDATE stages SET status = 'running', session = '${session}', session_epoch = 1`);
    change("UPDATE workers SET expires_at = 1");
    change(`UPDATE stages SET reads = '[half' WHERE run_id = '${bad}'`);
    const app = await apps.open([greet]);
    expect(await app.run(good).result({ timeoutMs: 10_000 })).toBe("Hello Bob");
    expect(read(`SELECT status FROM workers WHERE id = '${session}'`)).toEqual([
      { status: "gone" },
    ]);
    change(`UPDATE stages SET reads = '[]' WHERE run_id = '${bad}'`);
    await app.kernel.maintain({ thorough: true });
    expect(await app.run(bad).result({ timeoutMs: 10_000 })).toBe("Hello Bob");
  });

  it("to a newer schema is refused and not touched; the newer release goes on [B9]", async () => {
    const id = await storedRun();
    const path = join(apps.directory, "pawl.db");
    const raise = (by: number): void =>
      change(
        `UPDATE meta SET value = value + (${by}) WHERE key IN ('schemaVersion', 'minCompatible')`,
      );
    raise(97);
    const bytes = readFileSync(path);
    const error = await failureOf(apps.open([greet]));
    expect(error).toMatchObject({ code: "E_SCHEMA_NEWER" });
    for (const part of [path, "99", "update it"]) expect(error.message).toContain(part);
    expect(readFileSync(path).equals(bytes)).toBe(true);
    raise(-97);
    const app = await apps.open([greet]);
    expect(await app.run(id).result({ timeoutMs: 10_000 })).toBe("Hello Bob");
  });
});
