import pg from "pg";
import type { Place } from "../engine.ts";

/** What we ask ourselves is asked by this role, so that it does not count as an engine's. */
export const OBSERVER = "observer";

export interface Observer {
  /** Answers a number. */
  count(sql: string): Promise<number>;
  close(): Promise<void>;
}

/** A connection to an engine's database, or to another of the same server. */
export async function observe(place: Place, database?: string): Promise<Observer> {
  const url = new URL(place.url);
  url.username = OBSERVER;
  if (database !== undefined) url.pathname = `/${database}`;
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  return {
    count: async (sql) => {
      const { rows } = await client.query({ text: sql, rowMode: "array" });
      return Number(rows[0]?.[0]);
    },
    close: () => client.end(),
  };
}

/** Looking more often would take the database's time from the engine. */
export const LOOK_EVERY_MS = 25;
