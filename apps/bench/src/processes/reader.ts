/** Empties the log of a database, then reads from it until the parent lets go. */
import Database from "better-sqlite3";

const path = process.argv[2] ?? "";
const writer = new Database(path);
const [row] = writer.pragma("wal_checkpoint(TRUNCATE)") as [{ readonly busy: number }];
writer.close();
if (row.busy === 0) {
  const reader = new Database(path, { readonly: true });
  reader.prepare("BEGIN").run();
  reader.prepare("SELECT count(*) FROM sqlite_schema").get();
  process.once("disconnect", () => reader.close());
  process.send?.("reading");
} else {
  process.send?.("busy");
  process.disconnect();
}
