import type { Heading, StructureCounts } from "../../analyse/document-structure.ts";
import type { Readability } from "../../analyse/readability.ts";
import { counted, shownBytes, shownCount } from "../../shown.ts";
import { html, type Markup } from "../markup.ts";
import {
  type DocumentSummary,
  faultOf,
  type ReportSummary,
  reasonUnscored,
  shownMinutes,
} from "../summary.ts";

const HEADINGS_SHOWN = 60;
const BROKEN_SHOWN = 40;

/** One folded part for each document. */
export function documentsSection({ documents }: ReportSummary): Markup {
  return html`<section id="documents"><h2>Documents</h2>${documents.map(documentPart)}</section>`;
}

function documentPart(summary: DocumentSummary): Markup {
  const { id, path, title, analysis, broken } = summary;
  return html`<details id="doc-${id}"><summary><span class="path">${path}</span>
    <span class="muted">${counted(analysis.words.words, "word")}</span>
    ${badge(broken.length)}</summary>
    <div class="document">
    ${title === "" ? "" : html`<h3>${title}</h3>`}
    ${chips(summary)}${facts(summary)}
    <div class="columns"><div><h4>Outline</h4>${outline(analysis.structure.headings)}</div>
    <div>${nearest(summary)}${longestSentence(summary)}${brokenLinks(summary)}</div></div>
    </div></details>`;
}

const badge = (broken: number): Markup =>
  broken > 0 ? html`<span class="badge bad">${broken} broken</span>` : html``;

const chips = ({ keywords }: DocumentSummary): Markup =>
  html`<p class="chips">${keywords.map(
    ({ word, count }) => html`<span class="chip">${word}<small>${count}</small></span>`,
  )}</p>`;

function facts({ analysis }: DocumentSummary): Markup {
  const { words, structure, readability, document, source } = analysis;
  const { counts } = structure;
  return html`<dl class="facts">
    ${fact("Reading time", shownMinutes(words.readingMinutes))}
    ${fact("Sentences", shownCount(words.sentences))}
    ${fact("Words per sentence", words.wordsPerSentence.toFixed(1))}
    ${fact("Distinct words", shownCount(words.distinctWords))}
    ${scores(readability)}
    ${fact("Paragraphs", shownCount(counts.paragraphs))}
    ${fact("List items", shownCount(counts.listItems))}
    ${fact("Tables", shownCount(counts.tables))}
    ${fact("Code", codeSaid(counts))}
    ${fact("Pictures", shownCount(counts.images))}
    ${fact("Size", `${shownBytes(document.bytes)}, ${counted(source.lines, "line")}`)}</dl>`;
}

function scores(readability: Readability): Markup {
  if (!readability.scored) return fact("Readability", reasonUnscored(readability.reason));
  const { fleschReadingEase, band, fleschKincaidGrade, ...others } = readability.scores;
  return html`${fact("Reading ease", `${fleschReadingEase.toFixed(0)}, ${band}`)}
    ${fact("Flesch-Kincaid grade", fleschKincaidGrade.toFixed(1))}
    ${fact("Automated readability", others.automatedReadabilityIndex.toFixed(1))}`;
}

const codeSaid = ({ codeLines, codeBlocks }: StructureCounts): string =>
  codeBlocks === 0 ? "none" : `${counted(codeLines, "line")} in ${counted(codeBlocks, "block")}`;

const fact = (name: string, value: string): Markup =>
  html`<div><dt>${name}</dt><dd>${value}</dd></div>`;

function outline(headings: readonly Heading[]): Markup {
  if (headings.length === 0) return html`<p class="aside">No headings.</p>`;
  const budget = { left: HEADINGS_SHOWN };
  const list = outlineList(headings, budget);
  if (budget.left >= 0) return list;
  return html`${list}<p class="aside">And ${-budget.left} more.</p>`;
}

/** Headings nest at most six deep. `budget` falls below zero by those that are not shown. */
function outlineList(headings: readonly Heading[], budget: { left: number }): Markup {
  const items: Markup[] = [];
  for (const { text, children } of headings) {
    budget.left -= 1;
    const shown = budget.left >= 0;
    const below = children.length > 0 ? outlineList(children, budget) : html``;
    if (shown) items.push(html`<li>${text === "" ? "(empty)" : text}${below}</li>`);
  }
  return items.length > 0 ? html`<ul class="outline">${items}</ul>` : html``;
}

function nearest({ nearest: neighbours }: DocumentSummary): Markup {
  if (neighbours.length === 0) return html``;
  return html`<h4>Nearest</h4><ol class="pairs">${neighbours.map(
    ({
      id,
      path,
      cosine,
      shared,
    }) => html`<li><span class="figure-inline">${cosine.toFixed(2)}</span>
      <span><a href="#doc-${id}">${path}</a> <small>${shared.join(", ")}</small></span></li>`,
  )}</ol>`;
}

function longestSentence({ analysis }: DocumentSummary): Markup {
  const { words, text } = analysis.words.longestSentence;
  return words === 0
    ? html``
    : html`<h4>Longest sentence <small>${counted(words, "word")}</small></h4>
      <blockquote>${text}</blockquote>`;
}

function brokenLinks({ broken }: DocumentSummary): Markup {
  if (broken.length === 0) return html``;
  const items = broken.slice(0, BROKEN_SHOWN).map(
    (link) =>
      html`<li><code>${link.target}</code>
        <small>line ${link.line}, ${faultOf(link)}</small></li>`,
  );
  const more = broken.length - items.length;
  return html`<h4>Broken links</h4><ul class="broken-list">${items}
    ${more > 0 ? html`<li class="muted">and ${more} more</li>` : ""}</ul>`;
}
