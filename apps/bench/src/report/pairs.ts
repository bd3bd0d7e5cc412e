import type { EngineName } from "../engines/engine.ts";

/** Each broker beside the database's own queue, and beside itself bare. */
const OVER_TRANSPORTS: ReadonlySet<string> = new Set([
  "pawl-bullmq pawl-sql",
  "pawl-sqs pawl-sql",
  "pawl-bullmq bare-bullmq",
  "pawl-sqs bare-sqs",
]);

/** Whether it is said how many times better one is than the other. */
export const areCompared = (one: EngineName, other: EngineName): boolean =>
  one === "pawl" ? other !== "pawl" : OVER_TRANSPORTS.has(`${one} ${other}`);

export interface Pair<T> {
  readonly one: T;
  readonly other: T;
}

/** Those of a list that are compared, in the order of the list. */
export const pairsOf = <T extends { readonly name: EngineName }>(
  engines: readonly T[],
): readonly Pair<T>[] =>
  engines.flatMap((one) =>
    engines.filter(({ name }) => areCompared(one.name, name)).map((other) => ({ one, other })),
  );
