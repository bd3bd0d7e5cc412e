import type {
  DocumentStructure,
  FoundLink,
  Heading,
  Passage,
  StructureCounts,
} from "./document-structure.ts";
import { type FlatHeading, outlineOf, titleOf } from "./outline.ts";

type Counts = { -readonly [Name in keyof StructureCounts]: number };

/** What a walk through a document has met so far. */
export interface Gathered {
  title: string;
  readonly headings: FlatHeading[];
  readonly counts: Counts;
  readonly passages: Passage[];
  readonly links: FoundLink[];
  readonly anchors: Set<string>;
}

export function nothingGathered(): Gathered {
  return {
    title: "",
    headings: [],
    counts: {
      headings: 0,
      paragraphs: 0,
      codeBlocks: 0,
      codeLines: 0,
      tables: 0,
      lists: 0,
      listItems: 0,
      images: 0,
      quotes: 0,
    },
    passages: [],
    links: [],
    anchors: new Set(),
  };
}

/** Text as a reader sees it: white space, line breaks too, is one space. */
export const squeezed = (text: string): string => text.replace(/\s+/gu, " ").trim();

/** Adds a passage unless it has no text, and counts it if it is a paragraph. */
export function addPassage(gathered: Gathered, kind: Passage["kind"], text: string): void {
  const shown = squeezed(text);
  if (shown === "") return;
  gathered.passages.push({ kind, text: shown });
  if (kind === "paragraph") gathered.counts.paragraphs += 1;
}

export function addHeading(gathered: Gathered, heading: Omit<Heading, "children">): void {
  gathered.headings.push(heading);
  gathered.counts.headings += 1;
  if (heading.anchor !== "") gathered.anchors.add(heading.anchor);
}

/** Counts one block of code and its lines. */
export function addCode(gathered: Gathered, code: string): void {
  gathered.counts.codeBlocks += 1;
  const body = code.replace(/^\n|\n$/g, "");
  gathered.counts.codeLines += body === "" ? 0 : body.split("\n").length;
}

export function structureFrom(gathered: Gathered): DocumentStructure {
  return {
    title: gathered.title || titleOf(gathered.headings),
    headings: outlineOf(gathered.headings),
    counts: { ...gathered.counts },
    passages: gathered.passages,
    links: gathered.links,
    anchors: [...gathered.anchors],
  };
}
