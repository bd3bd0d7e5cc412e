import { type Construct, type Part, succeeds } from "../construct.ts";

export interface SleepPart extends Part {
  readonly type: "sleep";
  readonly ms: number;
  /** Until an instant that counts from `ctx.now()`; it may have passed. */
  readonly until: boolean;
}

/** A sleep of nothing, of moments, or longer than a lease. */
export const sleep: Construct<SleepPart> = {
  type: "sleep",
  weight: 4,
  nests: false,
  draw: ({ chance, newKey }) => ({
    type: "sleep",
    key: newKey(),
    ms: chance.pick([0, 1, 50, 700, 4_000, 15_000]),
    until: chance.chance(0.3),
  }),
  run: async ({ key, ms, until }, body) => {
    const askedAt = body.seen();
    const { ctx, suffix } = body;
    if (until) await ctx.sleepUntil(key + suffix, ctx.now() + ms - 25);
    else await ctx.sleep(key + suffix, ms);
    body.saw(`${key}${suffix} slept`, { durable: true, askedAt });
    return "slept";
  },
  outcomes: () => succeeds("slept"),
};
