import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { linkTargetOf } from "../src/analyse/link-target.ts";
import { checkLinks } from "../src/analyse/links.ts";
import { extractStructure } from "../src/analyse/structure.ts";
import { collectDocuments } from "../src/collect/collect-documents.ts";
import { newFolder } from "./new-folder.ts";

/** Checks the links of `docs/page.md` (or `.html`) among other files. */
async function checked(text: string, others: Readonly<Record<string, string>> = {}, end = "md") {
  const from = await newFolder({ [`docs/page.${end}`]: text, ...others });
  const { documents, root } = await collectDocuments({ paths: [`docs/page.${end}`], from });
  const [document] = documents;
  if (!document) throw new Error("The document is missing");
  const { links, anchors } = extractStructure(document.format, text);
  return checkLinks({ document, root, links, anchors });
}

const statesOf = ({ links }: Awaited<ReturnType<typeof checked>>) =>
  links.map(({ target, state }) => `${target} ${state}`);

describe("targets of links", () => {
  it("are told apart by what they lead to", () => {
    const kinds = ["https://a.org", "//a.org/b", "mailto:a@b.c", "x.md", "#part", "data:,x"].map(
      (target) => linkTargetOf(target).kind,
    );
    expect(kinds).toEqual(["external", "external", "mail", "internal", "anchor", "other"]);
  });

  it("are decoded, and a bad percent sign is taken as it stands", () => {
    expect(linkTargetOf("a%20b.md?plain=1#c%C3%A4")).toMatchObject({
      path: "a b.md",
      fragment: "cä",
    });
    expect(linkTargetOf("100%.md")).toMatchObject({ path: "100%.md", fragment: "" });
  });
});

describe("links between files", () => {
  it("are checked against the file system, relative and from the root", async () => {
    const report = await checked(
      "[a](other.md) [b](../top.md) [c](/top.md) [d](gone.md) [e](../docs) " +
        "[f](a%20b.md) ![g](no.png)",
      { "docs/other.md": "", "top.md": "", "docs/a b.md": "" },
    );
    expect(statesOf(report)).toEqual([
      "other.md ok",
      "../top.md ok",
      "/top.md ok",
      "gone.md missingFile",
      "../docs ok",
      "a%20b.md ok",
      "no.png missingFile",
    ]);
    expect(report.broken).toBe(2);
    expect(report.links[3]).toMatchObject({ leadsTo: "docs/gone.md", line: 1 });
  });

  it("are checked for the part they name", async () => {
    const report = await checked(
      "[a](o.md#two-words) [b](o.md#nope) [c](p.html#id) [d](p.html#ID) " +
        "[e](code.ts#L10) [f](o.md#Two-Words)",
      { "docs/o.md": "## Two words", "docs/p.html": "<p id=id>x", "docs/code.ts": "x" },
    );
    expect(statesOf(report)).toEqual([
      "o.md#two-words ok",
      "o.md#nope missingAnchor",
      "p.html#id ok",
      "p.html#ID missingAnchor",
      "code.ts#L10 unchecked",
      "o.md#Two-Words ok",
    ]);
  });

  it("never look into a file outside the root", async () => {
    const folder = await newFolder({
      "in/a.md": "[x](../out.md#nope) [y](../gone.md)",
      "out.md": "",
    });
    const from = join(folder, "in");
    const { documents, root } = await collectDocuments({ paths: ["."], from });
    const [document] = documents;
    if (!document) throw new Error("The document is missing");
    const links = ["../out.md#nope", "../gone.md"].map((target) => ({
      target,
      text: "",
      line: 1,
      image: false,
    }));
    const report = await checkLinks({ document, root, links, anchors: [] });
    expect(report.links.map(({ state }) => state)).toEqual(["unchecked", "missingFile"]);
  });
});

describe("links within a document and beyond", () => {
  it("are checked against its own anchors; the top is always there", async () => {
    const report = await checked("# Part\n[a](#part) [b](#PART) [c](#top) [d](#) [e](#nope)");
    expect(statesOf(report)).toEqual([
      "#part ok",
      "#PART ok",
      "#top ok",
      "# ok",
      "#nope missingAnchor",
    ]);
    expect(report.broken).toBe(1);
  });

  it("counts web addresses by host and asks none of them", async () => {
    const report = await checked(
      '<a href="https://b.org/1">1</a><a href="//a.org">2</a><a href="http://b.org:81/">3</a>' +
        '<a href="https://b.org/2">4</a><a href="mailto:x@y.z">5</a><a href="https://%%%">6</a>',
      {},
      "html",
    );
    expect(report.counts).toEqual({ external: 5, internal: 0, anchor: 0, mail: 1, other: 0 });
    expect(report.hosts).toEqual([
      { host: "b.org", count: 2 },
      { host: "a.org", count: 1 },
      { host: "b.org:81", count: 1 },
    ]);
    expect(report.links.every(({ state }) => state === "unchecked")).toBe(true);
    expect(report.broken).toBe(0);
  });
});
