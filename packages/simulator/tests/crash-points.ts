import { EXAMPLES } from "../src/crash-points/all-examples.ts";
import { type ProofOptions, provePoints } from "../src/crash-points/prove-points.ts";

interface Share extends ProofOptions {
  /** Of so many shares of the examples, this one, from 0. */
  readonly share: number;
  readonly of: number;
  readonly every?: number;
}

/** Points played in a share of the examples, and a line for each that found something. */
export async function playShare({ share, of, ...options }: Share): Promise<{
  readonly points: number;
  readonly found: readonly string[];
}> {
  const examples = EXAMPLES.filter((_, at) => at % of === share);
  const { points, failures } = await provePoints(examples, options);
  const found = failures.map(
    ({ example, crashes, says }) => `${example} ${crashes.join()}: ${says[0]}`,
  );
  return { points, found };
}
