import { describe, expect, it } from "vitest";
import type { Heading } from "../src/analyse/document-structure.ts";
import { extractStructure } from "../src/analyse/structure.ts";

const lines = (...text: string[]) => text.join("\n");

/** The outline as text, two spaces for each level. */
const drawn = (headings: readonly Heading[], indent = ""): readonly string[] =>
  headings.flatMap(({ text, anchor, children }) => [
    `${indent}${text} #${anchor}`,
    ...drawn(children, `${indent}  `),
  ]);

describe("structure of Markdown", () => {
  const markdown = (...text: string[]) => extractStructure("markdown", lines(...text));

  it("nests headings below the nearest one of a higher rank", () => {
    const { headings, title } = markdown(
      "## Before",
      "# Top `code`",
      "### Skipped a rank",
      "## Part",
      "### Part",
      "# Next",
    );
    expect(drawn(headings)).toEqual([
      "Before #before",
      "Top code #top-code",
      "  Skipped a rank #skipped-a-rank",
      "  Part #part",
      "    Part #part-1",
      "Next #next",
    ]);
    expect(title).toBe("Top code");
  });

  it("counts what is in the document", () => {
    const { counts } = markdown(
      "# Title",
      "",
      "One paragraph.",
      "",
      "- first",
      "- second",
      "  1. inner",
      "",
      "```ts",
      "const a = 1;",
      "",
      "const b = 2;",
      "```",
      "",
      "| a | b |",
      "| - | - |",
      "| 1 | 2 |",
      "",
      "> Quoted ![alt](p.png)",
      "",
      "    indented code",
    );
    expect(counts).toEqual({
      headings: 1,
      paragraphs: 2,
      codeBlocks: 2,
      codeLines: 4,
      tables: 1,
      lists: 2,
      listItems: 3,
      images: 1,
      quotes: 1,
    });
  });

  it("keeps text for people apart from code, by kind", () => {
    const { passages } = markdown(
      "# Title",
      "",
      "Runs on",
      "two *lines* and [a link](x.md).",
      "",
      "- an item",
      "",
      "| cell | |",
      "| - | - |",
      "",
      "```",
      "code();",
      "```",
    );
    expect(passages).toEqual([
      { kind: "heading", text: "Title" },
      { kind: "paragraph", text: "Runs on two lines and a link." },
      { kind: "item", text: "an item" },
      { kind: "cell", text: "cell" },
    ]);
  });

  it("finds links, references, pictures, bare addresses and HTML, with their lines", () => {
    const { links } = markdown(
      "[one](a.md#x) and [two][ref] and [none][missing]",
      "",
      "![pic](p.png) https://example.org/path.",
      "",
      '<a href="b.html">three</a>',
      "",
      "[ref]: c.md",
      "[ref]: later.md",
    );
    expect(links.map(({ target, text, line, image }) => [target, text, line, image])).toEqual([
      ["a.md#x", "one", 1, false],
      ["c.md", "two", 1, false],
      ["p.png", "pic", 3, true],
      ["https://example.org/path", "https://example.org/path", 3, false],
      ["b.html", "", 5, false],
    ]);
  });

  it("reads block HTML inside Markdown, headings and anchors too", () => {
    const structure = markdown("", '<h1 id="logo">Name</h1>', "<p>Said in HTML.</p>", "", "## Two");
    expect(structure.anchors).toEqual(["logo", "two"]);
    expect(structure.headings[0]).toMatchObject({ text: "Name", depth: 1, line: 2 });
    expect(structure.passages.map(({ text }) => text)).toEqual(["Name", "Said in HTML.", "Two"]);
  });

  it("takes the title from the front matter and counts none of it", () => {
    const structure = markdown("---", 'title: "From above"', "tags: [a]", "---", "# Below");
    expect(structure.title).toBe("From above");
    expect(structure.passages).toEqual([{ kind: "heading", text: "Below" }]);
  });
});

describe("structure of HTML", () => {
  const html = (...text: string[]) => extractStructure("html", lines(...text));

  it("divides text at blocks and joins it through inline elements", () => {
    const { passages, counts } = html(
      "<!doctype html><title>Page &amp; more</title><style>p { color: red }</style>",
      "<h2 id=part>A <em>part</em></h2>",
      "<div>Loose text<p>One <b>bold</b><br>line</p></div>",
      "<ul><li>item</ul><table><tr><th>cell</table>",
      "<pre>\n<code>let a;\nlet b;\n</code></pre><script>let hidden</script>",
    );
    expect(passages).toEqual([
      { kind: "heading", text: "A part" },
      { kind: "paragraph", text: "Loose text" },
      { kind: "paragraph", text: "One bold line" },
      { kind: "item", text: "item" },
      { kind: "cell", text: "cell" },
    ]);
    expect(counts).toMatchObject({
      paragraphs: 2,
      codeBlocks: 1,
      codeLines: 2,
      lists: 1,
      tables: 1,
    });
  });

  it("takes title, outline, anchors and links", () => {
    const structure = html(
      "<title> A  page </title>",
      "<h1><a name=top-part></a>First</h1>",
      "<h3 id=third>Third</h3>",
      '<a href=" next.html#x "><img src="p.png" alt="Picture"> on</a>',
    );
    expect(structure.title).toBe("A page");
    expect(drawn(structure.headings)).toEqual(["First #top-part", "  Third #third"]);
    expect(structure.anchors).toEqual(["top-part", "third"]);
    expect(structure.links).toEqual([
      { target: "next.html#x", text: "on", line: 4, image: false },
      { target: "p.png", text: "Picture", line: 4, image: true },
    ]);
  });

  it("survives nesting that would exhaust a recursion", () => {
    expect(html(`${"<span>".repeat(20000)}deep`).passages).toHaveLength(1);
  });
});

describe("structure of plain text", () => {
  it("is paragraphs and web addresses", () => {
    const structure = extractStructure("text", "One\nline.\r\n \r\nSee (https://a.org/b).\n");
    expect(structure.passages.map(({ text }) => text)).toEqual([
      "One line.",
      "See (https://a.org/b).",
    ]);
    expect(structure.links).toEqual([
      { target: "https://a.org/b", text: "https://a.org/b", line: 4, image: false },
    ]);
    expect(structure).toMatchObject({ title: "", headings: [], counts: { paragraphs: 2 } });
  });
});
