import { createRegistry, EngineError, WorkflowBuilder } from "@pawl/kernel";
import { describe, expect, it } from "vitest";
import { plainStage } from "../support/graphs.ts";

const workflow = (id: string, version?: string) =>
  new WorkflowBuilder(id, version === undefined ? {} : { version }).pipe(plainStage("a")).build();

describe("a registry", () => {
  it("answers by id and version, the version registered last when none is named", () => {
    const [one, two] = [workflow("order", "1"), workflow("order", "2")];
    const registry = createRegistry([two, one]);
    expect(registry.getWorkflow("order", "2")).toBe(two);
    expect(registry.getWorkflow("order")).toBe(one);
    expect(registry.getWorkflow("order", "3")).toBeUndefined();
    expect(registry.getWorkflow("other")).toBeUndefined();
    expect(registry.workflows).toEqual([two, one]);
  });

  it("answers by compatibility key", () => {
    const one = workflow("order");
    const registry = createRegistry([one]);
    expect(registry.byDefinition(one.definition)).toBe(one);
    expect(registry.byDefinition("order@1#0000000000000000")).toBeUndefined();
  });

  it("refuses an id and version twice, though the structure differs", () => {
    const other = new WorkflowBuilder("order").pipe(plainStage("b")).build();
    const register = () => createRegistry([workflow("order"), other]);
    expect(register).toThrow(EngineError);
    expect(register).toThrow('Workflow "order" version "1" is registered twice');
    try {
      register();
    } catch (error) {
      expect(error).toMatchObject({ code: "E_WORKFLOW_DUPLICATE" });
    }
  });

  it.each(["__proto__", "constructor", "toString", "hasOwnProperty"])(
    "knows a workflow named %s only if it is registered",
    (name) => {
      const registry = createRegistry([workflow("order")]);
      expect(registry.getWorkflow(name)).toBeUndefined();
      expect(registry.getWorkflow("order", name)).toBeUndefined();
      expect(registry.byDefinition(name)).toBeUndefined();
      const named = workflow(name, name);
      expect(createRegistry([named]).getWorkflow(name, name)).toBe(named);
    },
  );
});
