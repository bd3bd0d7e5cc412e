import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { fn } from "../commands/workflows.ts";
import { Harness } from "../support/harness.ts";

setFlagsFromString("--expose_gc");
const collectGarbage = runInNewContext("gc") as () => void;

it.each([
  ["first run", false],
  ["replayed", true],
])("a stage of many steps, %s, keeps no value that its body has let go", async (_, again) => {
  const seen: WeakRef<object>[] = [];
  let kept = -1;
  let world: Harness["world"] | undefined;
  const many = fn("many", async (ctx) => {
    seen.length = 0;
    for (let i = 0; i < 100; i++) {
      seen.push(new WeakRef(await ctx.step("value", () => ({ value: "x".repeat(1_000) }))));
    }
    if (again) await ctx.sleep("nap", 60_000);
    await world?.runtime.turn();
    collectGarbage();
    kept = seen.filter((ref) => ref.deref() !== undefined).length;
  });
  const h = new Harness([many]);
  world = h.world;
  await h.start("many");
  await h.drain();
  expect(kept).toBeGreaterThanOrEqual(0);
  expect(kept).toBeLessThan(10);
});
