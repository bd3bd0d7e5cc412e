import type { Place } from "../engines/engine.ts";
import { observeMariadb } from "./mariadb-observer.ts";
import type { Observer } from "./observer.ts";
import { observePostgres } from "./postgres-observer.ts";

/** A connection to an engine's database, or to another of the same server. */
export function observe(place: Place, database?: string): Promise<Observer> {
  const url = new URL(place.url);
  if (database !== undefined) url.pathname = `/${database}`;
  return isMariadb(place) ? observeMariadb(url) : observePostgres(url);
}

export const isMariadb = ({ url }: Place): boolean => url.startsWith("mariadb:");
