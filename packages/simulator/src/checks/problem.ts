/** A promise of the engine that a simulation saw broken. */
export interface Problem {
  /** Name of the invariant, or `outcome`, `liveness`, `answer` or `error`. */
  readonly check: string;
  readonly message: string;
  /** Virtual milliseconds since the simulation began. */
  readonly atMs: number;
}
