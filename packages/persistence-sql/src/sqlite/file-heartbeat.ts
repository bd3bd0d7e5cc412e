import type { SeparateHeartbeat } from "@pawl/kernel/ports";
import { sqliteDialect } from "../dialects/sqlite.ts";
import type { FilePlace } from "../heartbeat-descriptor.ts";
import { createSchema } from "../statements/schema.ts";
import { connectFile } from "./file.ts";
import { heartbeat } from "./heartbeat.ts";

/** A heartbeat on a connection of its own to a file; no lock of a file tells of a death. */
export async function openFileHeartbeat(place: FilePlace): Promise<SeparateHeartbeat> {
  const { path, synchronous, tablePrefix } = place;
  const connection = await connectFile({ path, synchronous });
  const store = {
    connection,
    schema: createSchema(sqliteDialect, tablePrefix),
    now: () => Date.now(),
  };
  return {
    beat: (session, beat) => heartbeat(store, session, beat),
    onLost: () => {},
    close: () => connection.close(),
  };
}
