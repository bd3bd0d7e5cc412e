import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { writeWhole } from "../src/workflow/write-file.ts";
import { newFolder } from "./new-folder.ts";

it("a report is written into folders that are not there yet, and over an older one", async () => {
  const path = join(await newFolder({}), "a", "b", "report.md");
  for (const text of ["older", "newer"]) await writeWhole(path, text);
  expect(await readFile(path, "utf8")).toBe("newer");
});

// because only Linux has a folder that exists and in which nothing can be made by anybody
it.skipIf(process.platform !== "linux")("a folder that can't be made is named", async () => {
  const path = "/proc/pawl/report.md";
  await expect(writeWhole(path, "text")).rejects.toMatchObject({
    name: "TerminalError",
    message: expect.stringContaining(path),
  });
});
