import { parse, type DefaultTreeAdapterTypes as Tree } from "parse5";
import { beforeAll, describe, expect, it } from "vitest";
import { htmlReport } from "../src/report/html.ts";
import { CRASH, PLAIN_RUN, reportInputOf } from "./report-input.ts";

const PROSE = "The engine keeps every step of the run, and the worker goes on from there. ".repeat(
  9,
);

interface Page {
  readonly elements: readonly Tree.Element[];
  readonly faults: readonly string[];
  readonly text: string;
}

function pageOf(source: string): Page {
  const faults: string[] = [];
  const tree = parse(source, { onParseError: ({ code }) => void faults.push(code) });
  const elements: Tree.Element[] = [];
  let text = "";
  const visit = (node: Tree.Node): void => {
    if (node.nodeName === "#text") text += (node as Tree.TextNode).value;
    if ("tagName" in node) elements.push(node);
    if ("childNodes" in node) node.childNodes.forEach(visit);
  };
  visit(tree);
  return { elements, faults, text: text.replace(/\s+/g, " ") };
}

const attribute = ({ attrs }: Tree.Element, name: string): string | undefined =>
  attrs.find((each) => each.name === name)?.value;
const attributesOf = (page: Page, name: string): readonly string[] =>
  page.elements.map((element) => attribute(element, name)).filter((value) => value !== undefined);

describe("the HTML report", () => {
  let page: Page;
  beforeAll(async () => {
    const files = {
      "a.md": `# Guide\n\n${PROSE}\n\n[b](b.md) [gone](gone.md) [web](https://example.org)\n`,
      "b.md": `# Other\n\n## Part\n\n${PROSE}\n\n[nowhere](#nowhere)\n`,
      "c.txt": "Nothing in common here.",
      "bad.md": "\0",
    };
    const run = { ...PLAIN_RUN, crash: CRASH };
    page = pageOf(htmlReport(await reportInputOf(files, { run })));
  });

  it("is well-formed", () => {
    expect(page.faults).toEqual([]);
  });

  it("loads nothing, runs nothing and leads nowhere outside itself", () => {
    const tags = new Set(page.elements.map(({ tagName }) => tagName));
    for (const tag of ["script", "link", "img", "iframe", "object", "form", "base"]) {
      expect(tags).not.toContain(tag);
    }
    for (const target of attributesOf(page, "href")) expect(target).toMatch(/^#/);
    expect(attributesOf(page, "src")).toEqual([]);
    const style = page.elements.find(({ tagName }) => tagName === "style");
    expect(
      JSON.stringify(style?.childNodes.map((node) => "value" in node && node.value)),
    ).not.toMatch(/url\(|@import/);
    const policy = page.elements.find((each) => attribute(each, "http-equiv"));
    expect(policy && attribute(policy, "content")).toContain("default-src 'none'");
  });

  it("has every place that it leads to, once", () => {
    const ids = attributesOf(page, "id");
    expect(new Set(ids).size).toBe(ids.length);
    const targets = attributesOf(page, "href").map((href) => href.slice(1));
    expect(targets.length).toBeGreaterThan(10);
    expect(targets.filter((target) => !ids.includes(target))).toEqual([]);
  });

  it("is readable in light and dark", () => {
    const style = page.elements.find(({ tagName }) => tagName === "style");
    const css = style?.childNodes.map((node) => ("value" in node ? node.value : "")).join("");
    expect(css).toContain("prefers-color-scheme: dark");
    expect(attributesOf(page, "style")).toEqual([]);
  });

  it("shows figures, charts, broken links and what was left out", () => {
    const titles = page.elements
      .filter(({ tagName }) => tagName === "svg")
      .map((svg) => attribute(svg, "aria-label"))
      .filter((label) => label !== undefined);
    expect(titles).toEqual([
      "What each worker did when",
      "Words per document",
      "Flesch Reading Ease of the documents",
      "Keywords of all documents",
      "Cosine similarity of every two documents",
    ]);
    for (const said of [
      "3 documents of docs",
      "2 broken links",
      "no file gone.md",
      "no #nowhere in this document",
      "1 document without a score",
      "It holds binary data, not text.",
    ]) {
      expect(page.text).toContain(said);
    }
  });

  it("tells how the run went: attempts, durations, workers, and the verdict on a crash", () => {
    for (const said of [
      "Run run-1 of document-analysis: completed after 3.2 s.",
      "Worker 11 was killed with SIGKILL after 500 ms. Worker 12 took over 900 ms later",
      "None of the 23 finished steps ran a second time.",
      "1 step cut short by the kill ran again",
      "analyse-step70 ms, attempt 3, worker 11",
      "SIGKILL",
    ]) {
      expect(page.text).toContain(said);
    }
  });

  it("accuses the engine when a finished step did run twice", async () => {
    const run = { ...PLAIN_RUN, crash: { ...CRASH, stepsRunTwice: ["analyse a.md, words"] } };
    const { text } = pageOf(htmlReport(await reportInputOf({ "a.md": "x" }, { run })));
    expect(text).toContain("1 finished step ran twice: analyse a.md, words.");
    expect(text).not.toContain("None of the");
  });
});

describe("the HTML report of hostile documents", () => {
  const EVIL = `"><script>alert(1)</script><img src=x onerror=alert(2)>'`;

  it("shows their text and lets none of it become markup", async () => {
    const files = {
      "a' onmouseover=alert(1) <b>.md": [
        `# \\"><script>alert(1)</script>`,
        "",
        `\\<script>alert(3)\\</script> [x](javascript:alert(4)) [y](<gone".md#'>)`,
        "",
        PROSE,
      ].join("\n"),
      "b.html":
        `<h1 id='x" onclick="alert(5)'>&lt;script&gt;</h1>` + `<a href="#&quot;><script>">z</a>`,
    };
    const notes = [{ kind: "unreadable", path: EVIL, message: EVIL }] as const;
    const source = htmlReport(await reportInputOf(files, { notes, title: EVIL, rootName: EVIL }));
    const page = pageOf(source);
    expect(page.faults).toEqual([]);
    expect(page.elements.map(({ tagName }) => tagName)).not.toContain("script");
    expect(page.elements.map(({ tagName }) => tagName)).not.toContain("img");
    const names = page.elements.flatMap(({ attrs }) => attrs.map(({ name }) => name));
    expect(names.filter((name) => name.startsWith("on"))).toEqual([]);
    for (const target of attributesOf(page, "href")) expect(target).toMatch(/^#[\w-]+$/);
    expect(page.text).toContain(EVIL);
  });

  it("shows controls and marks that turn the writing as what they are: nothing", async () => {
    const title = "safe\u202Egnp.exe\u0007\u0000\uD800";
    const source = htmlReport(await reportInputOf({ "a.md": "x" }, { title }));
    for (const hidden of ["\u0000", "\u0007", "\u202E", "\uD800"]) {
      expect(source).not.toContain(hidden);
    }
    expect(pageOf(source).text).toContain("safe\uFFFDgnp.exe\uFFFD\uFFFD\uFFFD");
  });
});

describe("the HTML report of unusual collections", () => {
  it("is whole for one empty document", async () => {
    const page = pageOf(htmlReport(await reportInputOf({ "a.md": "" })));
    expect(page.faults).toEqual([]);
    expect(page.text).toContain("1 document of docs");
    expect(JSON.stringify(page.elements.map(({ attrs }) => attrs))).not.toMatch(/NaN|Infinity/);
  });

  it("shows a long outline in part and says how much is missing", async () => {
    const text = Array.from({ length: 70 }, (_, at) => `${at % 3 ? "##" : "#"} Part ${at}.`);
    const page = pageOf(htmlReport(await reportInputOf({ "a.md": text.join("\n\n") })));
    expect(page.text).toContain("Part 59.");
    expect(page.text).toContain("And 10 more.");
    expect(page.text).not.toContain("Part 60.");
  });

  it("stays readable for many documents", async () => {
    const files = Object.fromEntries(
      Array.from({ length: 45 }, (_, at) => [`d${at}.md`, `# D${at}\n\nword${at} ${PROSE}`]),
    );
    const page = pageOf(htmlReport(await reportInputOf(files)));
    expect(page.text).toContain("And 21 documents with");
    expect(page.text).toContain("Shown are the 30 documents that are closest to another.");
    expect(page.elements.filter(({ tagName }) => tagName === "details")).toHaveLength(46);
  });
});
