import { expect, it } from "vitest";
import { DeliveryRefusals } from "../../src/engine/delivery-refusals.ts";

it("refusals are counted by event, and forgotten with their run", () => {
  const refusals = new DeliveryRefusals();
  expect(refusals.of({ runId: "r", rev: 1 })).toBe(0);
  expect([1, 1, 1].map((rev) => refusals.add({ runId: "r", rev }))).toEqual([1, 2, 3]);
  expect(refusals.of({ runId: "r", rev: 1 })).toBe(3);
  expect(refusals.of({ runId: "r", rev: 2 })).toBe(0);
  expect(refusals.add({ runId: "r", rev: 2 })).toBe(1);
  refusals.forget("r");
  expect(refusals.of({ runId: "r", rev: 2 })).toBe(0);
});

it("refusals are kept of so many runs only, those refused last", () => {
  const refusals = new DeliveryRefusals();
  const add = (i: number) => refusals.add({ runId: `run ${i}`, rev: 1 });
  for (let i = 0; i < 10_000; i++) add(i);
  add(0);
  add(10_000);
  const counts = [0, 1, 2].map((i) => refusals.of({ runId: `run ${i}`, rev: 1 }));
  expect(counts).toEqual([2, 0, 1]);
});
