import * as fs from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { analyseDocument, DOCUMENT_STEPS, type RunStep } from "../src/analyse/analyse-document.ts";
import { collectDocuments } from "../src/collect/collect-documents.ts";
import { newFolder } from "./new-folder.ts";

const TEXT = `# Guide\n\n${"The engine keeps every step. ".repeat(25)}\n\n[gone](gone.md)\n`;

async function inputOf(text: string) {
  const from = await newFolder({ "guide.md": text });
  const { documents, root } = await collectDocuments({ paths: ["."], from });
  const [document] = documents;
  if (!document) throw new Error("The document is missing");
  return { document, root };
}

describe("the analysis of a document", () => {
  it("runs each part once, as a step of its own, in order", async () => {
    const keys: string[] = [];
    const runStep: RunStep = async (key, body) => {
      keys.push(key);
      return body();
    };
    const outcome = await analyseDocument(await inputOf(TEXT), runStep);
    expect(keys).toEqual([...DOCUMENT_STEPS]);
    expect(outcome).toMatchObject({
      analysed: true,
      analysis: {
        structure: { title: "Guide", counts: { headings: 1, paragraphs: 2 } },
        words: { words: 127, sentences: 26 },
        links: { broken: 1 },
        readability: { scored: true },
        terms: { terms: [{ word: "engine", count: 25 }, {}, {}, {}, {}] },
      },
    });
  });

  it("goes on from recorded results without running a body or reading the file again", async () => {
    const input = await inputOf(TEXT);
    const records = new Map<string, string>();
    const recording: RunStep = async (key, body) => {
      const result = await body();
      records.set(key, JSON.stringify(result));
      return result;
    };
    const first = await analyseDocument(input, recording);
    await fs.rm(input.document.location);
    const replaying: RunStep = async (key) => JSON.parse(records.get(key) ?? "");
    expect(await analyseDocument(input, replaying)).toEqual(first);
  });

  it("ends with a note when the document can't be read any more", async () => {
    const input = await inputOf(TEXT);
    await fs.rm(input.document.location);
    const outcome = await analyseDocument(input, async (_key, body) => body());
    expect(outcome).toMatchObject({
      analysed: false,
      note: { kind: "unreadable", path: "guide.md" },
    });
  });
});
