import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ERROR_CODES } from "@pawl/kernel";
import { expect, test } from "vitest";

const page = readFileSync(
  fileURLToPath(new URL("../../../../docs/errors.md", import.meta.url)),
  "utf8",
);

/** Headings of the page, each code under the kind that stands above it. */
function documented(): Record<string, string> {
  const kinds: Record<string, string> = {};
  let kind = "";
  for (const line of page.split("\n")) {
    kind = /^## `(\w+)`/.exec(line)?.[1] ?? kind;
    const code = /^### (E_[A-Z_]+)$/.exec(line)?.[1];
    if (code) kinds[code] = kind;
  }
  return kinds;
}

test("every error code has its heading in docs/errors.md, under its kind", () => {
  expect(documented()).toEqual(ERROR_CODES);
});
