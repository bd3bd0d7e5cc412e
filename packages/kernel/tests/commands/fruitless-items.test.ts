import type { SweepItem, SweepKind } from "@pawl/kernel/ports";
import { expect, it } from "vitest";
import { FruitlessItems } from "../../src/engine/fruitless-items.ts";

const item = (runId: string, kind: SweepKind = "joinReady"): SweepItem => ({ kind, runId, at: 0 });
const idsOf = (items: readonly SweepItem[]) => items.map(({ runId }) => runId).join("");
const found = [..."abcd"].map((id) => item(id));
const kinds = ["joinReady"] as const;

it("what came to nothing comes last, the longest untried first", () => {
  const fruitless = new FruitlessItems();
  for (const id of ["b", "a", "b"]) fruitless.note(item(id), false);
  expect(idsOf(fruitless.bound(found, { kinds, limit: 10 }))).toBe("cdab");
  expect(idsOf(fruitless.bound(found, { kinds, limit: 3 }))).toBe("cda");
  fruitless.note(item("a"), true);
  expect(idsOf(fruitless.bound(found, { kinds, limit: 10 }))).toBe("acdb");
});

it("each kind has its own bound, and its own items", () => {
  const fruitless = new FruitlessItems();
  fruitless.note(item("a"), false);
  const both = [...found, item("a", "runDeadline")];
  const bounded = fruitless.bound(both, { kinds: [...kinds, "runDeadline"], limit: 1 });
  expect(bounded).toEqual([item("b"), item("a", "runDeadline")]);
});

it("what a sweep of its kind does not find any more is forgotten", () => {
  const fruitless = new FruitlessItems();
  for (const id of ["a", "z"]) fruitless.note(item(id), false);
  fruitless.bound([], { kinds: ["runDeadline"], limit: 10 });
  expect(fruitless.size).toBe(2);
  fruitless.bound(found, { kinds, limit: 10 });
  expect(fruitless.size).toBe(1);
});

it("no more than a thousand are remembered, those tried last", () => {
  const fruitless = new FruitlessItems();
  const many = Array.from({ length: 1_001 }, (_, i) => item(`r${i}`));
  for (const one of many) fruitless.note(one, false);
  expect(fruitless.size).toBe(1_000);
  expect(fruitless.bound(many, { kinds, limit: 1 })).toEqual([many[0]]);
});
