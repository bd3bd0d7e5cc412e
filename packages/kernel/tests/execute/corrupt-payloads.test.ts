import type { ClaimedStage, Persistence } from "@pawl/kernel/ports";
import { expect, it } from "vitest";
import { fn } from "../commands/workflows.ts";
import { Harness } from "../support/harness.ts";

type Input = ClaimedStage["run"]["input"];

/** A database that hands out another text than was stored as the run's input. */
const handingOut =
  (input: string) =>
  (persistence: Persistence): Persistence => ({
    ...persistence,
    claim: async (request) =>
      (await persistence.claim(request)).map((claimed) => ({
        ...claimed,
        run: { ...claimed.run, input: input as Input },
      })),
  });

it.each([
  ["no text at all", ""],
  ["a form that nobody writes", "?5"],
  ["half a value", 'i{"n":'],
  ["a value of an unknown kind", 'i{"$":["nothing",1]}'],
])("an input that has become %s is a typed failure, never null [64]", async (_title, input) => {
  const seen: unknown[] = [];
  const strict = fn("strict", async (_ctx, given) => void seen.push(given), {
    retry: { maxAttempts: 1 },
  });
  const h = new Harness([strict], { wrap: handingOut(input) });
  const id = await h.start("strict", { n: 1 });
  await h.drain();
  expect(seen).toEqual([]);
  expect(h.persistence.dump().runs).toMatchObject([
    { id, status: "failed", failure: { code: "E_ROW_CORRUPT" } },
  ]);
});
