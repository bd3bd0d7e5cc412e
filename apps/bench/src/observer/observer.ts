/** What we ask ourselves is asked by this role, so that it does not count as an engine's. */
export const OBSERVER = "observer";

/** Looks at a server without being measured. */
export interface Observer {
  /** Answers a number. */
  count(sql: string): Promise<number>;
  /** Answers the first column of all rows. */
  list(sql: string): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** Looking more often would take the database's time from the engine. */
export const LOOK_EVERY_MS = 25;
