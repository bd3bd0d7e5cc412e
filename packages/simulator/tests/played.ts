import { playRange, type SeedRange } from "../src/cli/range.ts";
import type { Adapter } from "../src/seed/scenario.ts";

/** Lines that show every problem of a range again; none when there is none. */
export async function problemsOf(range: SeedRange, adapter: Adapter): Promise<readonly string[]> {
  const { found } = await playRange({ ...range, adapter });
  return found.map(({ problem, repro }) => `${problem.check}: ${problem.message}\n${repro}`);
}
