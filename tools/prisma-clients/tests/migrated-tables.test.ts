import { expect, test } from "vitest";
import { tablesOf } from "../src/migrated-tables.ts";
import { schemaText } from "../src/schema-text.ts";

const FIRST = `
-- A table; with a comment.
CREATE TABLE "runs" (
  id TEXT COLLATE "C" NOT NULL, seen_at BIGINT, CHECK (id IN ('a', 'b')),
  PRIMARY KEY (id)
) WITH (fillfactor = 85);
CREATE INDEX "runs_seen" ON "runs" (seen_at) WHERE seen_at IS NOT NULL;`;

test("later migrations add columns and indexes, and drop indexes", () => {
  const later = `ALTER TABLE "runs" ADD COLUMN done BOOLEAN NOT NULL DEFAULT false;
    DROP INDEX "runs_seen"; CREATE UNIQUE INDEX "runs_done" ON "runs" (done, id);`;
  const [runs] = tablesOf([FIRST, later]);
  expect(runs?.columns.map(({ name }) => name)).toEqual(["id", "seen_at", "done"]);
  expect(runs?.columns.at(-1)).toMatchObject({ nullable: false, default: "false" });
  expect(runs?.indexes).toEqual([{ name: "runs_done", unique: true, parts: ["done", "id"] }]);
});

test("a statement that nobody thought of is refused by name, not left out", () => {
  expect(() => tablesOf([FIRST, 'ALTER TABLE "runs" DROP COLUMN seen_at'])).toThrow(
    /unknown statement.*DROP COLUMN seen_at/,
  );
});

test("what Prisma cannot say, or only in preview, stands in comments", () => {
  const sql = `${FIRST} CREATE INDEX "runs_odd" ON "runs" (coalesce(seen_at, 0)) WHERE id = 'a';`;
  const text = schemaText("postgresql", tablesOf([sql]));
  const index = '@@index([seenAt], map: "runs_seen", where: raw("seen_at IS NOT NULL"))';
  expect(text).toContain(`  // partial: ${index}\n`);
  expect(text).toContain(
    "  // Prisma cannot say: runs_odd (coalesce(seen_at, 0)) WHERE id = 'a'\n",
  );
  expect(text).not.toMatch(/^ {2}@@index/m);
});
