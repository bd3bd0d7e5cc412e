import { describe, inject, it } from "vitest";
import type { Server, Skipped } from "../place.ts";
import type { ServiceName } from "../services.ts";
import type {} from "./global-setup.ts";

/** What a test file is told of a server that belongs to the whole run. */
export type SharedPlace = Pick<Server, "url"> | Skipped;

export const postgres = (): Promise<SharedPlace> => ask("postgres");
export const mariadb = (): Promise<SharedPlace> => ask("mariadb");
export const mysql = (): Promise<SharedPlace> => ask("mysql");
export const redis = (): Promise<SharedPlace> => ask("redis");
export const sqs = (): Promise<SharedPlace> => ask("sqs");

/**
 * A `describe` whose tests get the server that was asked for. Where there is none, one skipped test
 * says why.
 */
export function describeOn<Found extends object>(
  title: string,
  place: Found | Skipped,
  tests: (server: Found) => void,
): void {
  if (!("skipped" in place)) describe(title, () => tests(place));
  else it.skip(`${title}: ${place.skipped}`, () => {});
}

async function ask(name: ServiceName): Promise<SharedPlace> {
  const door: string | undefined = inject("services");
  if (!door) throw new Error("vitest.config.ts has no globalSetup of @pawl/services.");
  const answer = await fetch(`${door}/${name}`);
  if (!answer.ok) throw new Error(await answer.text());
  return (await answer.json()) as SharedPlace;
}
