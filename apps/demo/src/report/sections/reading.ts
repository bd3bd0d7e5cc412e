import { READABILITY_BANDS } from "../../analyse/readability.ts";
import { counted, shownCount } from "../../shown.ts";
import { barChart } from "../charts/bar-chart.ts";
import { dotPlot, type Zone } from "../charts/dot-plot.ts";
import { html, type Markup } from "../markup.ts";
import type { ReportInput } from "../report-input.ts";
import { byWords, type DocumentSummary, type ReportSummary } from "../summary.ts";

const BARS_MAX = 24;

export function wordsSection({ documents }: ReportSummary): Markup {
  const sorted = byWords(documents);
  const bars = sorted.slice(0, BARS_MAX).map(({ id, path, analysis }) => ({
    label: path,
    value: analysis.words.words,
    shown: shownCount(analysis.words.words),
    leadsTo: `doc-${id}`,
  }));
  const rest = sorted.slice(BARS_MAX);
  const restWords = rest.reduce((sum, { analysis }) => sum + analysis.words.words, 0);
  const restSaid = `And ${counted(rest.length, "document")} with ${counted(restWords, "word")}.`;
  return html`<section id="words"><h2>Words per document</h2>
    <figure>${barChart({ title: "Words per document", bars, labels: "path" })}</figure>
    ${rest.length > 0 ? html`<p class="aside">${restSaid}</p>` : ""}</section>`;
}

/** Bands of the axis from hard to easy. */
const ZONES: readonly Zone[] = [...READABILITY_BANDS]
  .reverse()
  .map(({ from, band }, at, bands) => ({
    from: Math.max(0, from),
    to: bands[at + 1]?.from ?? 100,
    label: band,
  }));

export function readabilitySection({ documents }: ReportSummary): Markup {
  const dots = documents.flatMap(({ id, path, analysis: { readability } }) =>
    readability.scored
      ? [{ label: path, value: readability.scores.fleschReadingEase, leadsTo: `doc-${id}` }]
      : [],
  );
  const silent = documents.length - dots.length;
  const silentSaid = `${counted(silent, "document")} without a score: too short, or not English.`;
  const title = "Flesch Reading Ease of the documents";
  return html`<section id="readability"><h2>Readability</h2>
    <p class="about">Flesch Reading Ease of the prose of each document, one dot each. Further right
      reads easier.</p>
    ${dots.length > 0 ? html`<figure>${dotPlot({ title, dots, zones: ZONES })}</figure>` : ""}
    ${extremes(documents)}
    ${silent > 0 ? html`<p class="aside">${silentSaid}</p>` : ""}</section>`;
}

function extremes(documents: readonly DocumentSummary[]): Markup {
  const scored = documents.flatMap(({ id, path, analysis: { readability } }) =>
    readability.scored ? [{ id, path, ...readability.scores }] : [],
  );
  const sorted = scored.sort((a, b) => b.fleschReadingEase - a.fleschReadingEase);
  const [easiest, hardest] = [sorted[0], sorted.at(-1)];
  if (!easiest || !hardest || easiest === hardest) return html``;
  const said = ({ id, path, fleschKincaidGrade }: typeof easiest): Markup =>
    html`<a href="#doc-${id}">${path}</a> (grade ${fleschKincaidGrade.toFixed(1)})`;
  return html`<p class="aside">Easiest: ${said(easiest)}. Hardest: ${said(hardest)}.</p>`;
}

export function keywordsSection({ comparison }: ReportInput): Markup {
  const bars = comparison.corpusKeywords.map(({ word, count, score }) => ({
    label: word,
    value: score,
    shown: `${shownCount(count)}×`,
  }));
  return html`<section id="keywords"><h2>Keywords</h2>
    <p class="about">Terms that carry the collection: a bar is long when many documents use the term
      and not all of them do; the figure is how often it occurs.</p>
    <figure>${barChart({ title: "Keywords of all documents", bars, labels: "word" })}</figure>
    </section>`;
}
