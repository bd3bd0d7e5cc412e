import { join } from "node:path";
import { expect, test } from "vitest";
import { entries, typeNames } from "../src/public-names.ts";
import { REPOSITORY } from "../src/tree.ts";

test.each(entries())("%s exports what it promised", async (entry) => {
  const values = Object.keys(await import(join(REPOSITORY, entry)));
  expect({ values: values.sort(), types: [...typeNames(entry)].sort() }).toMatchSnapshot();
});
