import { readFileSync } from "node:fs";
import type { Provider } from "./provider.ts";

/** Where the schema of a provider stands in the repository. */
export const placeOfSchema = (provider: Provider): URL =>
  new URL(`../../../prisma/${provider}/schema.prisma`, import.meta.url);

/** The schema of a provider as it stands there: models, nothing else. */
export const schemaFile = (provider: Provider): string =>
  readFileSync(placeOfSchema(provider), "utf8");
