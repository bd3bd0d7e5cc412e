import { expect, test } from "vitest";
import { PROVIDERS } from "../src/provider.ts";
import { renderSchema } from "../src/render-schema.ts";
import { schemaFile } from "../src/schema-file.ts";

test.each(PROVIDERS)("the schema of %s is what its migrations make it", (provider) => {
  expect(schemaFile(provider)).toBe(renderSchema(provider));
});
