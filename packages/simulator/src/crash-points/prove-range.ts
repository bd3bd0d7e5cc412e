import type { SeedRange } from "../cli/range.ts";
import type { Adapter } from "../seed/scenario.ts";
import { EXAMPLES } from "./all-examples.ts";
import type { CrashPoint } from "./crash-point.ts";
import {
  type CrashFailure,
  type MeasuredExample,
  measureExample,
  type Proved,
  proveCrashes,
  provePairs,
} from "./prove-points.ts";

/** Single crashes of every example, or pairs of them in a few. */
export type ProofKind = "points" | "pairs";

/** Examples in which a second crash follows each first one. */
export const PAIR_EXAMPLES: readonly string[] = [
  "at-most-once",
  "sleep-short",
  "nested-lanes",
  "parallel",
];

/** One crash of an example, which comes alone or first. */
interface FirstCrash {
  readonly measured: MeasuredExample;
  readonly point: CrashPoint;
}

/** Numbered from 1 in `ProofRange`: the same in every process that runs the same code. */
export async function firstCrashes(
  kind: ProofKind,
  adapter: Adapter,
): Promise<readonly FirstCrash[]> {
  const examples = EXAMPLES.filter(({ id }) => kind === "points" || PAIR_EXAMPLES.includes(id));
  const crashes: FirstCrash[] = [];
  for (const example of examples) {
    const measured = await measureExample(example, { adapter });
    crashes.push(...measured.points.map((point) => ({ measured, point })));
  }
  return crashes;
}

export interface ProofRange extends SeedRange {
  readonly kind: ProofKind;
  readonly adapter: Adapter;
}

export interface ProvedRange extends ProofRange {
  readonly plays: number;
  readonly found: readonly (CrashFailure & { readonly repro: string })[];
}

/** Plays a range of first crashes, alone or each with all that may follow it. */
export class RangeProver {
  readonly #known = new Map<string, Promise<readonly FirstCrash[]>>();

  async prove(range: ProofRange): Promise<ProvedRange> {
    const { kind, adapter, from, to } = range;
    const name = `${kind} ${adapter}`;
    const all = this.#known.get(name) ?? firstCrashes(kind, adapter);
    this.#known.set(name, all);
    let plays = 0;
    const found: (CrashFailure & { readonly repro: string })[] = [];
    for (const { measured, point } of (await all).slice(from - 1, to)) {
      const proved =
        kind === "pairs"
          ? await provePairs(measured, point, { adapter })
          : await provePoint(measured, point, adapter);
      plays += proved.points + proved.pairs;
      found.push(...proved.failures.map((one) => ({ ...one, repro: reproOf(one, adapter) })));
    }
    return { ...range, plays, found };
  }
}

async function provePoint(
  measured: MeasuredExample,
  point: CrashPoint,
  adapter: Adapter,
): Promise<Proved> {
  const { failure } = await proveCrashes(measured, [point], { adapter });
  return { points: 1, pairs: 0, failures: failure ? [failure] : [] };
}

const reproOf = ({ example, crashes }: CrashFailure, adapter: Adapter): string =>
  `pnpm prove:crash --adapter ${adapter} --example ${example} --crashes ${crashes.join()}`;
