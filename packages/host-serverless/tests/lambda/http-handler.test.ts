import { defineWorkflow, EngineError } from "@pawl/kernel";
import { describe, expect, it, vi } from "vitest";
import { createHttpHandler, type HttpHandlerOptions } from "../../src/lambda/index.ts";
import { createWorld, slowTransport, type World } from "../world.ts";
import { contextOf, urlEvent } from "./events.ts";

const echo = defineWorkflow({
  id: "echo",
  run: async (ctx, input: unknown) =>
    ctx.step("rich", () => ({ input, big: 2n ** 70n, bytes: new Uint8Array([1, 2]) })),
});

function served(options: Partial<HttpHandlerOptions> = {}) {
  const world = createWorld({ workflows: [echo], transport: slowTransport });
  const handler = createHttpHandler({ host: world.host, ...options });
  const call = async (...asked: Parameters<typeof urlEvent>) => {
    const { statusCode, body, headers } = await world.time.until(
      handler(urlEvent(...asked), contextOf(world.time)),
    );
    return { status: statusCode, body: JSON.parse(body), headers };
  };
  const post = (value: unknown, headers = {}) =>
    call("POST", "/runs", { body: JSON.stringify(value), headers });
  return { world, call, post };
}

const finish = async (world: World) => {
  await world.time.until(world.host.processAvailableJobs({ maxJobs: 10 }));
};

describe("start and status [143]", () => {
  it("starts a run, says where it is, and tells of it until its end", async () => {
    const { world, call, post } = served();
    const started = await post({ workflowId: "echo", input: { n: 1 } });
    const { workflowRunId } = started.body;
    expect(started).toMatchObject({
      status: 201,
      body: { status: "running", replayed: false },
      headers: { "content-type": "application/json", location: `/runs/${workflowRunId}` },
    });
    expect((await call("GET", `/runs/${workflowRunId}`)).body.status).toBe("running");
    await finish(world);
    expect(await call("GET", `/runs/${workflowRunId}`)).toMatchObject({
      status: 200,
      body: {
        id: workflowRunId,
        status: "completed",
        output: { input: { n: 1 }, big: "1180591620717411303424", bytes: "AQI=" },
      },
    });
  });

  it("answers when the run's job is with the queue: frozen then, it would go no more", async () => {
    const { world, post } = served();
    const { workflowRunId } = (await post({ workflowId: "echo" })).body;
    expect(await world.job()).toMatchObject({ workflowRunId });
    expect(world.persistence.dump().dispatch).toEqual([]);
  });

  it("takes a body in base64, which function URLs make of other content types", async () => {
    const { call } = served();
    const body = Buffer.from('{"workflowId":"echo","input":"é"}').toString("base64");
    const { status } = await call("POST", "/runs", { body, isBase64Encoded: true });
    expect(status).toBe(201);
  });

  it("starts once for one idempotency key, given as a header or in the body", async () => {
    const { post } = served();
    const first = await post({ workflowId: "echo", input: 1 }, { "idempotency-key": "k" });
    const second = await post({ workflowId: "echo", input: 1, idempotencyKey: "k" });
    expect([first.status, second.status]).toEqual([201, 200]);
    expect(second.body).toMatchObject({
      workflowRunId: first.body.workflowRunId,
      replayed: true,
    });
    const other = await post({ workflowId: "echo", input: 2, idempotencyKey: "k" });
    expect(other).toMatchObject({
      status: 409,
      body: { error: { code: "E_IDEMPOTENCY_CONFLICT" } },
    });
  });

  it("answers below the path that it was given", async () => {
    const { call } = served({ basePath: "/pawl" });
    const started = await call("POST", "/pawl/runs", { body: '{"workflowId":"echo"}' });
    expect(started.status).toBe(201);
    expect((await call("GET", started.headers.location ?? "")).status).toBe(200);
    expect((await call("GET", "/runs/x")).status).toBe(404);
  });
});

describe("what is asked wrongly is answered with a code", () => {
  it.each([
    ["no JSON", "POST", "/runs", "{", 400, "E_ARGUMENT_INVALID"],
    ["a list", "POST", "/runs", "[1]", 400, "E_ARGUMENT_INVALID"],
    ["nothing", "POST", "/runs", undefined, 400, "E_ARGUMENT_INVALID"],
    ["no workflow", "POST", "/runs", "{}", 400, "E_ARGUMENT_INVALID"],
    ["a misspelt option", "POST", "/runs", '{"workflowID":"echo"}', 400, "E_ARGUMENT_INVALID"],
    [
      "an actor of its own",
      "POST",
      "/runs",
      '{"workflowId":"echo","actor":"root"}',
      400,
      "E_ARGUMENT_INVALID",
    ],
    ["an unknown workflow", "POST", "/runs", '{"workflowId":"x"}', 404, "E_WORKFLOW_UNKNOWN"],
    ["an unknown run", "GET", "/runs/x", undefined, 404, "E_RUN_UNKNOWN"],
    ["a run that can't be", "GET", "/runs/%E0%A4%A", undefined, 404, "E_RUN_UNKNOWN"],
    ["an unknown path", "GET", "/", undefined, 404, "E_COMMAND_UNKNOWN"],
    ["another method", "DELETE", "/runs/x", undefined, 405, "E_COMMAND_UNKNOWN"],
    ["a signal to nobody", "POST", "/runs/x/signals", "{}", 404, "E_RUN_UNKNOWN"],
  ])("%s", async (_, method, path, body, status, code) => {
    const { world, call } = served();
    const answer = await call(method, path, body === undefined ? {} : { body });
    expect(answer).toMatchObject({
      status,
      body: { error: { code, message: expect.any(String) } },
    });
    expect(world.persistence.dump().runs).toEqual([]);
  });

  it("a body that is too large, before it is parsed, also in base64", async () => {
    const { call } = served({ bodyBytesMax: 100 });
    for (const isBase64Encoded of [false, true]) {
      const body = "x".repeat(isBase64Encoded ? 136 : 101);
      expect(await call("POST", "/runs", { body, isBase64Encoded })).toMatchObject({
        status: 413,
        body: { error: { code: "E_PAYLOAD_TOO_LARGE" } },
      });
    }
  });

  it("a signal, which no run hears yet", async () => {
    const { call, post } = served();
    const { workflowRunId } = (await post({ workflowId: "echo" })).body;
    const answer = await call("POST", `/runs/${workflowRunId}/signals`, { body: '{"name":"go"}' });
    expect(answer).toMatchObject({ status: 501, body: { error: { code: "E_UNSUPPORTED" } } });
  });
});

it("a database that is down: 503, when to try again, and nothing of what it said", async () => {
  const { world, call } = served();
  world.fail("get", "unavailable");
  const answer = await call("GET", "/runs/x");
  expect(answer).toMatchObject({
    status: 503,
    headers: { "retry-after": "1" },
    body: { error: { code: "E_PERSISTENCE_UNAVAILABLE" } },
  });
  expect(answer.body.error.message).not.toContain("memory store");
});

it.each([
  ["an error of anybody", new Error("password=hunter2")],
  ["damage that the engine found", new EngineError("E_ROW_CORRUPT", "hunter2 is no number")],
])("a fault of ours, %s: 500, nothing of it told, all of it written", async (_, error) => {
  const written = vi.spyOn(console, "error").mockImplementation(() => {});
  const handler = createHttpHandler({
    host: () => {
      throw error;
    },
  });
  const answer = await handler(urlEvent("GET", "/runs/x"));
  expect(answer.statusCode).toBe(500);
  expect(answer.body).not.toContain("hunter2");
  expect(written.mock.calls).toEqual([[error]]);
  written.mockRestore();
});
