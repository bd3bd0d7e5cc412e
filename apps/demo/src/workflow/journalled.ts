import type { DurableContext } from "@pawl/kernel";
import type { RunStep } from "../analyse/analyse-document.ts";
import type { Journal } from "../evidence/journal.ts";

/** Steps whose bodies write down that they ran, each time that they do. */
export function journalled(ctx: Pick<DurableContext, "step">, journal: Journal): RunStep {
  return <T>(key: string, body: () => T | Promise<T>): Promise<T> =>
    ctx.step<T>(key, async ({ idempotencyKey }) => {
      journal.write("entered", idempotencyKey);
      const value = await body();
      journal.write("left", idempotencyKey);
      return value;
    });
}
