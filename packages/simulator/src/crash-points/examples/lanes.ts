import { defineWorkflow } from "@pawl/kernel";
import type { Example } from "../example.ts";

const all: Example = {
  id: "all",
  workflow: ({ answers }) =>
    defineWorkflow({
      id: "all",
      run: (ctx) =>
        ctx.all([
          ctx.step("a", answers("a")),
          ctx.step("b", answers("b", { workMs: 300 })),
          ctx.step("c", answers("c", { fails: 1 }), { retry: { initialDelay: 100 } }),
        ]),
    }),
};

const map: Example = {
  id: "map",
  workflow: ({ answers }) =>
    defineWorkflow({
      id: "map",
      run: (ctx) =>
        ctx.map(
          [1, 2, 3, 4, 5],
          (n) => ctx.step(`item-${n}`, answers(n * n, { workMs: n % 2 === 0 ? 50 : 0 })),
          { concurrency: 2 },
        ),
    }),
};

/** Lanes in lanes, one of which sleeps and one of which catches. */
const nestedLanes: Example = {
  id: "nested-lanes",
  workflow: ({ answers }) =>
    defineWorkflow({
      id: "nested-lanes",
      run: (ctx) => {
        const chain = async (name: string): Promise<string> => {
          const first = await ctx.step(`${name}-first`, answers(`${name}1`));
          await ctx.sleep(`${name}-nap`, 200);
          return first + (await ctx.step(`${name}-second`, answers("2")));
        };
        const caught = ctx
          .step("fails", answers("", { fails: 9 }), { retry: { maxAttempts: 1 } })
          .catch(() => "caught");
        const inner = ctx.all([
          ctx.step("beside", answers("beside", { workMs: 100 })),
          ctx.map(["x", "y"], (name) => chain(name), { concurrency: 2 }),
        ]);
        return ctx.all([inner, caught, chain("z")]);
      },
    }),
};

export const LANE_EXAMPLES: readonly Example[] = [all, map, nestedLanes];
