import type { DocumentFormat } from "../collect/document.ts";
import type { DocumentStructure } from "./document-structure.ts";
import { htmlStructure } from "./html-structure.ts";
import { markdownStructure } from "./markdown-structure.ts";
import { textStructure } from "./text-structure.ts";

/** Takes a document apart. The same text always gives the same structure. */
export function extractStructure(format: DocumentFormat, text: string): DocumentStructure {
  switch (format) {
    case "markdown":
      return markdownStructure(text);
    case "html":
      return htmlStructure(text);
    case "text":
      return textStructure(text);
  }
}
