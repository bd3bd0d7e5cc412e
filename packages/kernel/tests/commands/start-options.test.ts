import { expect, it } from "vitest";
import { Harness } from "../support/harness.ts";
import { echo } from "./workflows.ts";

it.each([
  ["startAt", Number.NaN],
  ["startAt", "tomorrow"],
  ["priority", "high"],
  ["priority", 0.5],
  ["queue", ""],
  ["labels", { a: 1 }],
  ["idempotencyKey", ""],
])("a start with %s %s is refused by name, before any row", async (option, value) => {
  const h = new Harness([echo]);
  await expect(h.start("echo", 1, { [option]: value })).rejects.toMatchObject({
    code: "E_ARGUMENT_INVALID",
    message: expect.stringContaining(option),
  });
  expect(h.persistence.dump().runs).toEqual([]);
});

it("what is no workflow is refused when it is registered", () => {
  expect(() => new Harness([{ id: "unbuilt" } as never])).toThrow(/\.build\(\)/);
});
