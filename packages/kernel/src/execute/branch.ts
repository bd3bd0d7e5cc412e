import { shown } from "../define/check-options.ts";
import { EngineError } from "../errors/engine-error.ts";
import { quiet } from "./call.ts";

/** Members settle in the order of their records, so these need no record of their own. */
export const all = <T extends readonly unknown[]>(
  members: T,
): Promise<{ -readonly [I in keyof T]: Awaited<T[I]> }> => quiet(Promise.all(members));

export const race = <T extends readonly unknown[]>(members: T): Promise<Awaited<T[number]>> =>
  quiet(Promise.race(members));

/** Runs `body` for each item, at most `concurrency` at once; results in order of the items. */
export const mapItems = <T, R>(
  items: readonly T[],
  body: (item: T, index: number) => Promise<R>,
  options?: { readonly concurrency?: number },
): Promise<R[]> => quiet(mapInLanes(items, body, options));

async function mapInLanes<T, R>(
  items: readonly T[],
  body: (item: T, index: number) => Promise<R>,
  options: { readonly concurrency?: number } = {},
): Promise<R[]> {
  const { concurrency = items.length } = options;
  if (items.length > 0 && !(typeof concurrency === "number" && concurrency >= 1)) {
    throw new EngineError(
      "E_ARGUMENT_INVALID",
      `ctx.map got concurrency ${shown(concurrency)}; give a number from 1.`,
    );
  }
  const results: R[] = new Array(items.length);
  const left = items.entries();
  const lane = async (): Promise<void> => {
    for (const [index, item] of left) results[index] = await body(item, index);
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, lane));
  return results;
}
