export interface Heading {
  readonly depth: number;
  readonly text: string;
  /** What a link's fragment must say to reach it; empty when nothing reaches it. */
  readonly anchor: string;
  readonly line: number;
  readonly children: readonly Heading[];
}

/** Text that belongs together. `item` is a paragraph of a list, `cell` one cell of a table. */
export interface Passage {
  readonly kind: "heading" | "paragraph" | "item" | "cell";
  readonly text: string;
}

/** A link or picture as it is written in the document. */
export interface FoundLink {
  readonly target: string;
  readonly text: string;
  readonly line: number;
  readonly image: boolean;
}

export interface StructureCounts {
  readonly headings: number;
  readonly paragraphs: number;
  readonly codeBlocks: number;
  readonly codeLines: number;
  readonly tables: number;
  readonly lists: number;
  readonly listItems: number;
  readonly images: number;
  readonly quotes: number;
}

export interface DocumentStructure {
  /** From the front matter, else the first heading of the highest rank, else empty. */
  readonly title: string;
  readonly headings: readonly Heading[];
  readonly counts: StructureCounts;
  /** Text for people, in order; code blocks are left out. */
  readonly passages: readonly Passage[];
  readonly links: readonly FoundLink[];
  /** Everything that a fragment may name. */
  readonly anchors: readonly string[];
}
