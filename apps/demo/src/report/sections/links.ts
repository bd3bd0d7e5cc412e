import { counted, shownCount } from "../../shown.ts";
import { html, type Markup } from "../markup.ts";
import { byLinkHealth, type DocumentSummary, faultOf, type ReportSummary } from "../summary.ts";

const BROKEN_SHOWN = 100;
const ROWS_SHOWN = 60;

/** What is broken first, then the count of every kind of link per document. */
export function linksSection({ documents, totals }: ReportSummary): Markup {
  if (totals.links === 0) return html``;
  const rows = byLinkHealth(documents);
  const more = rows.length - ROWS_SHOWN;
  return html`<section id="links"><h2>Links</h2>
    <p class="about">Relative links and anchors are checked against the files. Web addresses are
      counted and not asked.</p>
    ${brokenTable(documents)}
    <div class="scroll"><table><thead><tr><th>Document</th><th class="number">Broken</th>
      <th class="number">Files</th><th class="number">Anchors</th><th class="number">Web</th>
      <th class="number">Other</th></tr></thead>
      <tbody>${rows.slice(0, ROWS_SHOWN).map(healthRow)}</tbody></table></div>
    ${more > 0 ? html`<p class="aside">And ${counted(more, "document")} more.</p>` : ""}
    </section>`;
}

function brokenTable(documents: readonly DocumentSummary[]): Markup {
  const broken = documents.flatMap(({ id, path, broken: links }) =>
    links.map((link) => ({ id, path, link })),
  );
  if (broken.length === 0)
    return html`<p class="verdict good">Every link that can be checked leads somewhere.</p>`;
  const rows = broken.slice(0, BROKEN_SHOWN).map(
    ({
      id,
      path,
      link,
    }) => html`<tr><td><a href="#doc-${id}">${path}</a><small>:${link.line}</small></td>
      <td><code>${link.target}</code></td><td class="bad">${faultOf(link)}</td></tr>`,
  );
  const more = broken.length - rows.length;
  return html`<p class="verdict bad">${counted(broken.length, "broken link")}</p>
    <div class="scroll"><table class="broken"><thead>
    <tr><th>Where</th><th>Link</th><th>What is wrong</th></tr></thead>
    <tbody>${rows}</tbody></table></div>
    ${more > 0 ? html`<p class="aside">And ${more} more, listed with their documents.</p>` : ""}`;
}

function healthRow({ id, path, broken, analysis }: DocumentSummary): Markup {
  const { counts } = analysis.links;
  const figure = (count: number): Markup =>
    html`<td class="number ${count === 0 ? "muted" : ""}">${shownCount(count)}</td>`;
  return html`<tr><td><a href="#doc-${id}">${path}</a></td>
    <td class="number ${broken.length > 0 ? "bad" : "muted"}">${broken.length}</td>
    ${figure(counts.internal)}${figure(counts.anchor)}${figure(counts.external)}
    ${figure(counts.mail + counts.other)}</tr>`;
}
