/** Measures one workload on one engine once, and tells the parent what came out. */
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { freshDatabase } from "@pawl/services";
import { engineOf } from "../engines/by-name.ts";
import type { Place } from "../engines/engine.ts";
import { WORKLOADS } from "../workloads/by-name.ts";
import type { MeasurementParts } from "./measurement.ts";

const parts = JSON.parse(process.argv[2] ?? "") as MeasurementParts;
const { workload, store, synchronous, quick, server, folder } = parts;
const engine = engineOf(store, parts.engine);
const removals: (() => Promise<void>)[] = [];
process.once("disconnect", () => process.exit());
try {
  const bench = { engine, synchronous, quick, newPlace, atADistance };
  await said(await WORKLOADS[workload].measure(bench));
} catch (error) {
  await said({ error: error instanceof Error ? (error.stack ?? error.message) : `${error}` });
} finally {
  // Connections that are still closing may be thrown out of a database that is dropped.
  process.on("uncaughtException", () => {});
  for (const remove of removals.toReversed()) await remove().catch(() => {});
  // What an engine leaves open must not keep the next from its turn.
  process.exit();
}

async function newPlace(): Promise<Place> {
  const directory = mkdtempSync(join(folder, "store-"));
  const database = server ? await freshDatabase(server) : undefined;
  if (database) removals.push(database.drop);
  const brokers = server?.brokers ? { brokers: server.brokers } : {};
  const place = { directory, url: database?.url ?? "", ...brokers };
  const remove = await engine.prepare?.(place);
  if (remove) removals.push(remove);
  return place;
}

function atADistance(place: Place): Place {
  if (!server) return place;
  const url = new URL(place.url);
  url.host = new URL(server.distantUrl).host;
  return { ...place, url: url.href };
}

function said(message: object): Promise<void> {
  return new Promise((resolve) => {
    if (process.send) process.send(message, () => resolve());
    else resolve();
  });
}
