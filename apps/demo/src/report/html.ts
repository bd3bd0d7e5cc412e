import { html, type Markup, markupFromTrusted } from "./markup.ts";
import { PAGE_STYLE } from "./page-style.ts";
import type { ReportInput } from "./report-input.ts";
import { documentsSection } from "./sections/documents.ts";
import { linksSection } from "./sections/links.ts";
import { notesSection } from "./sections/notes.ts";
import { overview } from "./sections/overview.ts";
import { keywordsSection, readabilitySection, wordsSection } from "./sections/reading.ts";
import { runSection } from "./sections/run.ts";
import { similaritySection } from "./sections/similarity.ts";
import { summaryOf } from "./summary.ts";

/** Forbids every request and every script, should a document's text ever get that far. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/** The report as one HTML page that needs no other file and no network. */
export function htmlReport(input: ReportInput): string {
  const summary = summaryOf(input);
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${input.title}: ${input.rootName}</title>
<style>${markupFromTrusted(PAGE_STYLE)}</style></head><body><main>
${overview(input, summary)}
${contents(summary.totals.links > 0, summary.documents.length > 1)}
${runSection(input.run)}
${wordsSection(summary)}
${readabilitySection(summary)}
${keywordsSection(input)}
${similaritySection(input, summary)}
${linksSection(summary)}
${documentsSection(summary)}
${notesSection(input)}
<footer>Made by the demo of Pawl. This page loads nothing and runs no script.</footer>
</main></body></html>
`;
  return page.source;
}

function contents(hasLinks: boolean, hasPairs: boolean): Markup {
  const parts = [
    ["run", "The run"],
    ["words", "Words"],
    ["readability", "Readability"],
    ["keywords", "Keywords"],
    ...(hasPairs ? [["similarity", "Similarity"]] : []),
    ...(hasLinks ? [["links", "Links"]] : []),
    ["documents", "Documents"],
  ] as const;
  return html`<nav aria-label="Contents">${parts.map(
    ([id, name]) => html`<a href="#${id ?? ""}">${name ?? ""}</a>`,
  )}</nav>`;
}
