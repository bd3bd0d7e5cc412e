import type { Tampering } from "../process/process-parts.ts";
import type { Adapter } from "../seed/scenario.ts";
import { type CrashPoint, lifeText, pointsOfLife, pointText } from "./crash-point.ts";
import type { Example } from "./example.ts";
import { judgeExample } from "./judge-example.ts";
import { type ExamplePlayed, playExample } from "./play-example.ts";

export interface ProofOptions {
  readonly adapter: Adapter;
  readonly tampering?: Tampering;
  /** False: rows are judged only when all is over. Default true. */
  readonly watched?: boolean;
}

/** A crash, or a pair of them, after which something was not as it should be. */
export interface CrashFailure {
  readonly example: string;
  /** Such as `worker.1:17:after`, in order of time. */
  readonly crashes: readonly string[];
  readonly says: readonly string[];
  readonly tail: readonly string[];
}

/** An example as it comes out without crashes, with every instant at which one may come. */
export interface MeasuredExample {
  readonly example: Example;
  readonly free: ExamplePlayed;
  readonly points: readonly CrashPoint[];
}

/**
 * Plays an example without crashes and counts the calls of its worker and its starter.
 *
 * @throws Error when that alone finds something
 */
export async function measureExample(
  example: Example,
  options: ProofOptions,
): Promise<MeasuredExample> {
  const free = await playExample(example, options);
  const [problem] = free.problems;
  if (problem) throw new Error(`${example.id}, no crash: ${problem.check}: ${problem.message}`);
  const points = (["worker", "starter"] as const).flatMap((role) =>
    pointsOfLife(role, 1, free.calls.get(lifeText(role, 1)) ?? []),
  );
  return { example, free, points };
}

/** Plays an example with these crashes; a crash that is never reached is a failure too. */
export async function proveCrashes(
  { example, free }: MeasuredExample,
  crashes: readonly CrashPoint[],
  options: ProofOptions,
): Promise<{ readonly played: ExamplePlayed; readonly failure: CrashFailure | undefined }> {
  const played = await playExample(example, { ...options, crashes });
  const missed = crashes.filter((point) => !played.met.includes(point));
  const says = [
    ...judgeExample(example, free, played),
    ...missed.map((point) => notReached(point, played)),
  ];
  if (says.length === 0) return { played, failure: undefined };
  const { tail } = played;
  return { played, failure: { example: example.id, crashes: crashes.map(pointText), says, tail } };
}

function notReached(point: CrashPoint, { calls }: ExamplePlayed): string {
  const life = lifeText(point.role, point.life);
  const made = calls.get(life)?.length;
  const why = made === undefined ? `there is no ${life}` : `${life} makes ${made} calls`;
  return `${pointText(point)} was not reached: ${why} in this play`;
}

export interface Proved {
  /** Plays with one crash, and with two. */
  readonly points: number;
  readonly pairs: number;
  readonly failures: readonly CrashFailure[];
}

/** Plays every `every`-th point of some examples. */
export async function provePoints(
  examples: readonly Example[],
  options: ProofOptions & { readonly every?: number },
): Promise<Proved> {
  const failures: CrashFailure[] = [];
  const { every = 1 } = options;
  let [seen, points] = [0, 0];
  for (const example of examples) {
    const measured = await measureExample(example, options);
    for (const point of measured.points) {
      if (seen++ % every !== 0) continue;
      points += 1;
      const { failure } = await proveCrashes(measured, [point], options);
      if (failure) failures.push(failure);
    }
  }
  return { points, pairs: 0, failures };
}

/** After a first crash, every point of the process that takes over. */
export async function provePairs(
  measured: MeasuredExample,
  first: CrashPoint,
  options: ProofOptions,
): Promise<Proved> {
  const alone = await proveCrashes(measured, [first], options);
  if (alone.failure) return { points: 0, pairs: 0, failures: [alone.failure] };
  const failures: CrashFailure[] = [];
  const life = first.life + 1;
  const calls = alone.played.calls.get(lifeText(first.role, life)) ?? [];
  const seconds = pointsOfLife(first.role, life, calls);
  for (const second of seconds) {
    const { failure } = await proveCrashes(measured, [first, second], options);
    if (failure) failures.push(failure);
  }
  return { points: 0, pairs: seconds.length, failures };
}
