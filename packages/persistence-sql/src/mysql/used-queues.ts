import type { Schema } from "../statements/schema.ts";
import type { Statement } from "../statements/statement.ts";
import type { Session } from "./session.ts";

/** Queues out of use whose names are kept, so that the next claim of one needs no second look. */
const SPARE_MAX = 16;
/** Names in one statement; more are looked at by several. */
const PROBES_MAX = 16;
/** No queue's name comes before it, and none is the same. */
const LOWEST = "";

/**
 * The queues that have ready or suspended stages, found by one look into the claim index for each:
 * which queue follows on a name. Grouping the index by queue is a plan that the server takes or
 * leaves as its statistics have it, and left it reads every stage there is.
 *
 * Names of earlier looks are asked together, and only what is new among the answers once more:
 * whatever was added or went, every queue is the next one of the lowest name or of another queue.
 */
export class UsedQueues {
  readonly #known = new Map<string, readonly string[]>();

  async of(schema: Schema, session: Session, namespace: string): Promise<readonly string[]> {
    const known = this.#known.get(namespace) ?? [];
    const asked = new Set<string>();
    const used = new Set<string>();
    let probes: readonly string[] = [LOWEST, ...known];
    while (probes.length > 0) {
      for (const probe of probes) asked.add(probe);
      const statements = nextQueuesStatements(schema, namespace, probes);
      for (const [queue] of (await session.allOf(statements)).flat()) used.add(queue as string);
      probes = [...used].filter((queue) => !asked.has(queue));
    }
    const spare = known.filter((queue) => !used.has(queue)).slice(-SPARE_MAX);
    this.#known.set(namespace, [...used, ...spare]);
    return [...used];
  }
}

/** Which queue comes next after each of some names, by what is ready and by what is suspended. */
export function nextQueuesStatements(
  schema: Schema,
  namespace: string,
  probes: readonly string[],
): readonly Statement[] {
  const statements: Statement[] = [];
  for (let at = 0; at < probes.length; at += PROBES_MAX) {
    statements.push(nextQueues(schema, namespace, probes.slice(at, at + PROBES_MAX)));
  }
  return statements;
}

/** Of a number of names that is a power of two, the first one repeated: few texts serve all. */
function nextQueues(schema: Schema, namespace: string, probes: readonly string[]): Statement {
  const size = 2 ** Math.ceil(Math.log2(probes.length));
  const padded = Array.from({ length: size }, (_, at) => probes[at] ?? probes[0] ?? LOWEST);
  const text = schema.text(`next queues ${size}`, () =>
    padded
      .flatMap(() => [nextText(schema, "ready"), nextText(schema, "suspended")])
      .join(" UNION "),
  );
  const params = padded.flatMap((probe) => [namespace, probe, namespace, probe]);
  return { text, params };
}

const nextText = ({ tables, dialect, index }: Schema, status: string): string =>
  `(SELECT queue FROM ${tables.stages.sql}${dialect.using(index("stages_claim"))}` +
  ` WHERE namespace = ? AND status = '${status}' AND held = 0 AND suspect = 0 AND queue > ?` +
  " ORDER BY queue LIMIT 1)";
