import type { Runtime } from "./runtime.ts";

/** Waits for `work` at most `ms`. True when it settled by then; what it rejects with is its own. */
export async function within(
  runtime: Pick<Runtime, "after">,
  work: Promise<unknown>,
  ms: number,
): Promise<boolean> {
  let settled = false;
  const settle = (): void => {
    settled = true;
  };
  await runtime.after(ms, { cancelled: work.then(settle, settle) });
  return settled;
}
