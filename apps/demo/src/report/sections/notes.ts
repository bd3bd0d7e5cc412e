import { html, type Markup } from "../markup.ts";
import type { ReportInput } from "../report-input.ts";

/** What was left out and why; nothing when nothing was. */
export function notesSection({ notes }: ReportInput): Markup {
  if (notes.length === 0) return html``;
  const rows = notes.map(
    ({ path, message }) => html`<tr><td><code>${path}</code></td><td>${message}</td></tr>`,
  );
  return html`<section id="notes"><h2>Left out</h2><div class="scroll"><table><thead>
    <tr><th>Path</th><th>Why</th></tr></thead><tbody>${rows}</tbody></table></div></section>`;
}
