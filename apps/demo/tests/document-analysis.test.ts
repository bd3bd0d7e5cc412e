import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { createSqlitePersistence } from "@pawl/persistence-sql";
import { pawl } from "pawl";
import { expect, it } from "vitest";
import { accountOf } from "../src/evidence/account.ts";
import { Journal } from "../src/evidence/journal.ts";
import { recordsIn } from "../src/evidence/records.ts";
import { documentAnalysis } from "../src/workflow/document-analysis.ts";
import { newFolder } from "./new-folder.ts";

const DOCUMENTS = {
  "docs/one.md": "# One\n\nA worker takes a stage. See [two](two.md) and [lost](lost.md).\n",
  "docs/two.md": "# Two\n\nA worker takes a stage, and gives it back.\n",
  "docs/three.html": "<h1>Three</h1><p>Something else altogether.</p>",
};

/** Runs the whole workflow on a folder with these files in one process. */
async function analysed(files: Readonly<Record<string, string>>) {
  const folder = await newFolder(files);
  const directory = join(folder, ".state");
  const journal = new Journal(directory);
  const persistence = () => createSqlitePersistence({ path: join(directory, "pawl.db") });
  const workflow = documentAnalysis({
    journal,
    account: async (runId) => {
      const store = await persistence();
      const { stages, steps } = recordsIn(store);
      const { createdAt: startedAt } = await app.kernel.query.getRun(runId);
      const read = { stages: await stages(runId), steps: await steps(runId) };
      await store.close();
      const now = Date.now();
      const told = { runId, workflowId: workflow.id, startedAt, now, kill: undefined };
      return accountOf({ ...told, ...read, journal: journal.read() });
    },
  });
  const app = await pawl({ workflows: [workflow], directory, environment: {} });
  journal.write("joined");
  try {
    const config = { pause: { ms: 1 }, report: { directory: join(folder, "out") } };
    const input = { paths: ["docs"], from: folder };
    const run = await app.start(workflow, input, { config });
    const written = await run.result({ timeoutMs: 20_000 });
    const timeline = await app.kernel.query.getTimeline(run.id);
    return { folder, written, timeline, lines: journal.read() };
  } finally {
    await app.stop();
  }
}

it("documents become a report in Markdown and one in HTML", async () => {
  const { folder, written, timeline, lines } = await analysed(DOCUMENTS);
  const files = ["report.md", "report.html"].map((name) => join(folder, "out", name));
  expect(written).toMatchObject({ files, documents: 3, links: 2, broken: 1 });
  expect(written.closest).toMatchObject({ a: "docs/one.md", b: "docs/two.md" });
  expect(await readdir(join(folder, "out"))).toEqual(["report.html", "report.md"]);
  const [markdown = "", page = ""] = await Promise.all(files.map((f) => readFile(f, "utf8")));
  for (const path of Object.keys(DOCUMENTS)) {
    expect(markdown).toContain(path);
    expect(page).toContain(path);
  }
  expect(markdown).toContain("docs/lost.md");
  expect(markdown).toContain("analyse `part 1 of 8`");
  expect(page).toContain(`worker ${process.pid}`);
  expect(page).toMatch(/<small class="item">docs\/two.md<\/small><span class="chip">extract</);
  expect(timeline.stages.every(({ status }) => status === "completed")).toBe(true);
  expect(timeline.steps.map(({ key }) => key).sort()).toEqual(
    [
      ...Object.keys(DOCUMENTS).flatMap((path) =>
        ["extract", "keywords", "links", "readability", "words"].map((step) => `${path} ${step}`),
      ),
      ...["account", "collect", "compare", "report.html", "report.md", "wake"],
    ].sort(),
  );
  const left = lines.filter(({ did }) => did === "left");
  expect(new Set(left.map(({ step }) => step)).size).toBe(timeline.steps.length);
  expect(left).toHaveLength(timeline.steps.length);
}, 30_000);

it("a report that can't be written fails the run, naming the file", async () => {
  const files = { ...DOCUMENTS, out: "a file where the folder should be" };
  await expect(analysed(files)).rejects.toThrow(
    /out.report\.md can't be written \(E(EXIST|NOTDIR)\)\. Name another folder with --out/,
  );
}, 30_000);
