import type { DocumentPair } from "../../analyse/similarity.ts";
import { counted } from "../../shown.ts";
import { heatmap } from "../charts/heatmap.ts";
import { html, type Markup } from "../markup.ts";
import type { ReportInput } from "../report-input.ts";
import type { ReportSummary } from "../summary.ts";

const PAIRS_SHOWN = 6;
const CLUSTERS_SHOWN = 8;
const MEMBERS_SHOWN = 12;

export function similaritySection(input: ReportInput, { documents, paths }: ReportSummary): Markup {
  const { pairs, clusters, grid } = input.comparison.similarity;
  if (documents.length < 2) return html``;
  const labels = grid.ids.map((id) => paths.get(id) ?? id);
  const title = "Cosine similarity of every two documents";
  const chosen =
    grid.ids.length < documents.length
      ? html` Shown are the
    ${grid.ids.length} documents that are closest to another.`
      : "";
  return html`<section id="similarity"><h2>Similarity</h2>
    <p class="about">Cosine of the documents' TF-IDF vectors: the stronger the colour, the more two
      documents are about the same things.${chosen}</p>
    <figure>${heatmap({ title, labels, values: grid.cosines })}</figure>
    <div class="columns"><div><h3>Closest pairs</h3>${pairsList(pairs, paths)}</div>
    <div><h3>Clusters</h3>${clustersList(clusters, paths)}</div></div></section>`;
}

type Paths = ReadonlyMap<string, string>;

function pairsList(pairs: readonly DocumentPair[], paths: Paths): Markup {
  if (pairs.length === 0) return html`<p class="aside">No two documents share a term.</p>`;
  const items = pairs.slice(0, PAIRS_SHOWN).map(
    ({ a, b, cosine, shared }) => html`<li><span class="figure-inline">${cosine.toFixed(2)}</span>
      <span>${documentLink(a, paths)} and ${documentLink(b, paths)}
      <small>${shared.join(", ")}</small></span></li>`,
  );
  return html`<ol class="pairs">${items}</ol>`;
}

function clustersList(clusters: readonly (readonly string[])[], paths: Paths): Markup {
  if (clusters.length === 0) {
    return html`<p class="aside">No two documents are close enough to form one.</p>`;
  }
  const items = clusters.slice(0, CLUSTERS_SHOWN).map((ids) => {
    const members = ids
      .slice(0, MEMBERS_SHOWN)
      .map((id) => html`<li>${documentLink(id, paths)}</li>`);
    const more = ids.length - members.length;
    return html`<li>${counted(ids.length, "document")}<ul>${members}
      ${more > 0 ? html`<li class="muted">and ${more} more</li>` : ""}</ul></li>`;
  });
  return html`<ol class="clusters">${items}</ol>`;
}

const documentLink = (id: string, paths: Paths): Markup =>
  html`<a href="#doc-${id}">${paths.get(id) ?? id}</a>`;
