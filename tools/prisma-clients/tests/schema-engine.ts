import {
  bindMigrationAwareSqlAdapterFactory,
  type SqlMigrationAwareDriverAdapterFactory,
} from "@prisma/driver-adapter-utils";
import type { DiffTarget, SchemaContainer } from "@prisma/schema-engine-wasm";
import * as engine from "@prisma/schema-engine-wasm";
import { baseText } from "../src/base-text.ts";
import type { Provider } from "../src/provider.ts";
import { PARTIAL } from "../src/schema-text.ts";

const FILTERS = { externalTables: [], externalEnums: [] };

/**
 * The SQL that would make a database, as it is now, what a Prisma schema says. Partial indexes are
 * left out on both sides: the engine takes conditions for others when they are written otherwise.
 */
export function sqlToReach(
  provider: Provider,
  adapter: SqlMigrationAwareDriverAdapterFactory,
  models: string,
): Promise<string> {
  const files = [{ path: "schema.prisma", content: `${baseText(provider)}\n${models}` }];
  return diff(adapter, { tag: "schemaDatasource", files, configDir: "." }, files);
}

/** The SQL by which Prisma makes everything that a schema says, partial indexes with the rest. */
export function sqlFromNothing(
  provider: Provider,
  adapter: SqlMigrationAwareDriverAdapterFactory,
  models: string,
): Promise<string> {
  const base = baseText(provider, ["partialIndexes"]);
  const content = `${base}\n${models.replaceAll(`  ${PARTIAL}`, "  ")}`;
  return diff(adapter, { tag: "empty" }, [{ path: "schema.prisma", content }]);
}

async function diff(
  adapter: SqlMigrationAwareDriverAdapterFactory,
  from: DiffTarget,
  files: SchemaContainer[],
): Promise<string> {
  const datamodels = files.map(({ path, content }): [string, string] => [path, content]);
  const bound = bindMigrationAwareSqlAdapterFactory(adapter);
  const made = await engine.SchemaEngine.new({ datamodels }, () => {}, bound);
  const to = { tag: "schemaDatamodel" as const, files };
  const { stdout } = await made.diff({ from, to, script: true, exitCode: null, filters: FILTERS });
  made.free();
  return (stdout ?? "").replace("-- This is an empty migration.", "").trim();
}
