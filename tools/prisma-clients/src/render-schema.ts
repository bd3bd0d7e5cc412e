import { writeFileSync } from "node:fs";
import { migratedTables } from "./migrated-tables.ts";
import type { Provider } from "./provider.ts";
import { placeOfSchema } from "./schema-file.ts";
import { schemaText } from "./schema-text.ts";

/** What the schema of a provider must be for the migrations as they are now. */
export const renderSchema = (provider: Provider): string =>
  schemaText(provider, migratedTables(provider));

export function writeSchema(provider: Provider): void {
  writeFileSync(placeOfSchema(provider), renderSchema(provider));
}
