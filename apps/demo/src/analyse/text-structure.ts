import type { DocumentStructure } from "./document-structure.ts";
import { addPassage, nothingGathered, structureFrom } from "./gathered.ts";

const ADDRESS = /\bhttps?:\/\/[^\s<>"'`]+[^\s<>"'`.,;:!?)\]}]/g;

/** Paragraphs divided by empty lines, and web addresses. Headings are not guessed. */
export function textStructure(text: string): DocumentStructure {
  const gathered = nothingGathered();
  const lines = text.split(/\r\n|\r|\n/);
  for (const paragraph of lines.join("\n").split(/\n[^\S\n]*\n/)) {
    addPassage(gathered, "paragraph", paragraph);
  }
  lines.forEach((line, at) => {
    for (const [target] of line.matchAll(ADDRESS)) {
      gathered.links.push({ target, text: target, line: at + 1, image: false });
    }
  });
  return structureFrom(gathered);
}
