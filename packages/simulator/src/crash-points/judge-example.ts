import type { Example } from "./example.ts";
import type { ExampleOutcome, ExamplePlayed } from "./play-example.ts";

/** What a play with crashes shows that the play without them does not allow. */
export function judgeExample(
  example: Example,
  free: ExamplePlayed,
  played: ExamplePlayed,
): readonly string[] {
  const broken = played.problems.map(({ check, message }) => `${check}: ${message}`);
  if (broken.length > 0) return broken;
  return [...outcomeComplaints(example, free, played), ...bodyComplaints(free, played)];
}

function outcomeComplaints(
  example: Example,
  { outcome: free }: ExamplePlayed,
  { outcome }: ExamplePlayed,
): readonly string[] {
  if (example.mayBeInDoubt && outcome?.inDoubt && stopsAtMarker(free, outcome)) return [];
  const [is, was] = [JSON.stringify(outcome), JSON.stringify(free)];
  return is === was ? [] : [`outcome: it is ${is}, without crashes ${was}`];
}

/** What is recorded is as it would have been, but for one marker. */
function stopsAtMarker(free: ExampleOutcome | undefined, { records }: ExampleOutcome): boolean {
  const others = Object.entries(records).filter(([step, is]) => is !== free?.records[step]);
  return others.length === 1 && others[0]?.[1] === "marker";
}

/** Each crash may cost each body one execution more. */
function bodyComplaints(free: ExamplePlayed, played: ExamplePlayed): readonly string[] {
  return [...played.entries].flatMap(([key, count]) => {
    const most = (free.entries.get(key) ?? 0) + played.crashed;
    return count <= most ? [] : [`bodies: ${key} was entered ${count} times, ${most} allowed`];
  });
}
