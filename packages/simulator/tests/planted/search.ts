import { type Problem, simulateSeed } from "../../src/index.ts";
import type { SimulatedBug } from "./planted-bug.ts";

/** The seed that found a bug, and what it saw. */
export interface Discovery {
  readonly seed: number;
  readonly problem: Problem;
}

/** Plays seeds from one to another until one finds the bug. */
export async function search(
  { plant }: Pick<SimulatedBug, "plant">,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<Discovery | undefined> {
  for (let seed = from; seed <= to; seed++) {
    const { problems } = await simulateSeed(`${seed}`, { tampering: plant() });
    const [problem] = problems;
    if (problem) return { seed, problem };
  }
  return undefined;
}
