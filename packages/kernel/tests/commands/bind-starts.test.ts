import type { BoundPersistence } from "@pawl/kernel/ports";
import { expect, it } from "vitest";
import type { Poke } from "../../src/engine/pokes.ts";
import { Harness } from "../support/harness.ts";
import { echo } from "./workflows.ts";

/** A store whose transactions do what it does by itself; `bound` are the values given to it. */
function binding(h: Harness): { readonly bound: unknown[] } {
  const bound: unknown[] = [];
  h.persistence.bind = (transaction): BoundPersistence => {
    bound.push(transaction);
    return h.persistence;
  };
  return { bound };
}

it("a store without transactions of others says so", () => {
  const { kernel } = new Harness([echo]);
  expect(() => kernel.bind({})).toThrow(expect.objectContaining({ code: "E_UNSUPPORTED" }));
});

it("nobody is told of a bound start before the caller has committed", async () => {
  const h = new Harness([echo]);
  const { bound } = binding(h);
  const heard: Poke[] = [];
  const rung: unknown[] = [];
  h.kernel.listen((poke) => heard.push(poke));
  const workBell = {
    ring: (place: unknown) => void rung.push(place),
    listen: () => async () => {},
  };
  Object.assign(h.persistence, { workBell });
  const within = h.kernel.bind("transaction");
  await within.dispatch({ type: "run.create", workflowId: "echo", input: 1 });
  expect([...heard, ...rung]).toEqual([]);
  await within.afterCommit();
  await within.afterCommit();
  expect(heard).toEqual([{ type: "ready" }]);
  expect(rung).toEqual([{ namespace: "default", queue: "default" }]);
  expect(bound).toEqual(["transaction"]);
});

it("a bound start takes no slot: its stage may never exist", async () => {
  const h = new Harness([echo]);
  binding(h);
  const asked: string[] = [];
  h.kernel.offerStartSlots((queue) => void asked.push(queue));
  await h.kernel.bind({}).dispatch({ type: "run.create", workflowId: "echo", input: 1 });
  expect(asked).toEqual([]);
  expect(h.persistence.dump().stages).toMatchObject([{ status: "ready" }]);
});

it("structures of workflows are no part of a caller's transaction", async () => {
  const h = new Harness([echo]);
  binding(h);
  const within = h.kernel.bind({});
  await within.dispatch({ type: "run.create", workflowId: "echo", input: 1 });
  expect(h.persistence.dump().definitions).toEqual([]);
  await within.afterCommit();
  expect(h.persistence.dump().definitions).toHaveLength(1);
});

it("several starts succeed or fail one by one", async () => {
  const h = new Harness([echo]);
  binding(h);
  const runs = [{ workflowId: "echo", input: 1 }, { workflowId: "nobody" }];
  const outcomes = await h.kernel.bind({}).dispatch({ type: "run.createMany", runs });
  expect(outcomes).toMatchObject([{ replayed: false }, { error: { code: "E_WORKFLOW_UNKNOWN" } }]);
});

it.each(["run.cancel", "toString"])("%s can't be bound", async (type) => {
  const h = new Harness([echo]);
  binding(h);
  const command = { type, workflowRunId: "run" } as never;
  await expect(h.kernel.bind({}).dispatch(command)).rejects.toMatchObject({
    code: "E_COMMAND_UNKNOWN",
  });
});
