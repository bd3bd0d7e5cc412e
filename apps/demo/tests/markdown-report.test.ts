import type { Nodes } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmFromMarkdown } from "mdast-util-gfm";
import { gfm } from "micromark-extension-gfm";
import { describe, expect, it } from "vitest";
import { extractStructure } from "../src/analyse/structure.ts";
import { markdownReport } from "../src/report/markdown.ts";
import { markdownCode, markdownTable, markdownText } from "../src/report/markdown-text.ts";
import { CRASH, PLAIN_RUN, reportInputOf } from "./report-input.ts";

const EVIL = [
  "a | b",
  "[x](http://evil.example)",
  "<script>alert(1)</script>",
  "**bold** _it_ ~gone~",
  "`code` ``",
  "# head",
  "- item",
  "1. item",
  "https://evil.example www.evil.example me@evil.example",
  "![p](q) &amp; \\",
  "line\nbreak",
];

function nodesOf(markdown: string): readonly Nodes[] {
  const found: Nodes[] = [];
  const visit = (node: Nodes): void => {
    found.push(node);
    if ("children" in node) for (const child of node.children) visit(child);
  };
  visit(fromMarkdown(markdown, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] }));
  return found;
}

/** A web address that is written out leads where it says; nothing is hidden in it. */
const isBareAddress = (node: Nodes): boolean => {
  const [shown] = node.type === "link" ? node.children : [];
  return node.type === "link" && shown?.type === "text" && node.url.endsWith(shown.value);
};

describe("text inside Markdown", () => {
  it.each(EVIL)("shows %j as it is", (text) => {
    const nodes = nodesOf(markdownText(text));
    const kinds = new Set(nodes.filter((node) => !isBareAddress(node)).map(({ type }) => type));
    expect(kinds).toEqual(new Set(["root", "paragraph", "text"]));
    const shown = nodes.flatMap((node) => (node.type === "text" ? [node.value] : [])).join("");
    expect(shown).toBe(text.replace("\n", " "));
  });

  it.each(EVIL)("shows %j as code in a cell of a table", (text) => {
    const table = markdownTable({ head: ["A", "B"], rows: [[markdownCode(text), "end"]] });
    const nodes = nodesOf(table);
    expect(nodes.filter(({ type }) => type === "tableCell")).toHaveLength(4);
    const code = nodes.flatMap((node) => (node.type === "inlineCode" ? [node.value] : []));
    expect(code).toEqual([text.replace("\n", " ")]);
  });
});

describe("the Markdown report", () => {
  const files = {
    "a.md": "# Guide\n\nThe engine runs steps. [b](b.md) [gone](gone.md)\n",
    "b.md": "# Other\n\nThe engine runs stages.\n",
    "bad.txt": "\0",
  };

  it("has the parts of the HTML page", async () => {
    const run = { ...PLAIN_RUN, crash: CRASH };
    const report = markdownReport(await reportInputOf(files, { run }));
    const { headings, counts } = extractStructure("markdown", report);
    expect(headings.map(({ text }) => text)).toEqual(["Document analysis"]);
    expect(headings[0]?.children.map(({ text }) => text)).toEqual([
      "How this run went",
      "Words per document",
      "Readability",
      "Keywords",
      "Similarity",
      "Links",
      "Documents",
      "Left out",
    ]);
    expect(counts.tables).toBe(8);
    for (const said of [
      "| 2 | 12 | < 1 min | 2 | 0 | 2, **1 broken** |",
      "| analyse `a.md` | completed | 2 | 900 ms | 12 | analyse-step 70 ms (attempt 3) |",
      "**None of the 23 finished steps ran a second time.**",
      "| `a.md:3` | `gone.md` | no file gone.md |",
      "| `bad.txt` | It holds binary data, not text. |",
    ]) {
      expect(report).toContain(said);
    }
  });

  it("has the longest document first, and the one with most broken links", async () => {
    const more = { ...files, "c.md": `${"word ".repeat(50)} [x](x.md) [y](y.md)` };
    const lines = markdownReport(await reportInputOf(more)).split("\n");
    const partOf = (heading: string) =>
      lines
        .slice(lines.indexOf(`## ${heading}`))
        .filter((line) => /^\| `\w\.md` /.test(line))
        .map((line) => line.slice(3, 7));
    expect(partOf("Words per document").slice(0, 3)).toEqual(["c.md", "a.md", "b.md"]);
    expect(partOf("Links")).toEqual(["c.md", "a.md"]);
  });

  it("is one whole table where a title or a note holds markup", async () => {
    const notes = [{ kind: "unreadable", path: "a|b`c", message: "<b>|x|</b>" }] as const;
    const title = "# <script>";
    const report = markdownReport(await reportInputOf({ "a.md": "x" }, { notes, title }));
    const nodes = nodesOf(report);
    expect(nodes.filter(({ type }) => type === "html" || type === "link")).toEqual([]);
    expect(nodes.find(({ type }) => type === "heading")).toMatchObject({
      depth: 1,
      children: [{ value: "# <script>" }],
    });
  });
});
