import { counted, shownCount, shownDuration } from "../../shown.ts";
import { html, type Markup } from "../markup.ts";
import type { ReportInput } from "../report-input.ts";
import { type ReportSummary, shownMinutes, type Totals } from "../summary.ts";

/** Title, what was read, and the figures that matter most. */
export function overview(input: ReportInput, { totals }: ReportSummary): Markup {
  const clusters = input.comparison.similarity.clusters.length;
  return html`<header>
    <p class="eyebrow">Pawl · ${input.run.workflowId}</p>
    <h1>${input.title}</h1>
    <p class="lead">${counted(totals.documents, "document")} of <b>${input.rootName}</b>, read on
      <time datetime="${input.generatedAt}">${shownInstant(input.generatedAt)}</time> in
      ${shownDuration(input.run.elapsedMs)}.</p>
    <div class="tiles">
      ${tile("Documents", shownCount(totals.documents), clustersSaid(clusters))}
      ${tile("Words", shownCount(totals.words), `${shownMinutes(totals.readingMinutes)} to read`)}
      ${tile("Headings", shownCount(totals.headings), codeSaid(totals.codeLines))}
      ${linksTile(totals)}
    </div></header>`;
}

/** A figure with its name above and a remark below. */
export const tile = (name: string, figure: string, remark: string, tone = ""): Markup =>
  html`<div class="tile"><span class="tile-name">${name}</span>
    <span class="tile-figure">${figure}</span>
    <span class="tile-remark ${tone}">${remark}</span></div>`;

const clustersSaid = (clusters: number): string =>
  clusters === 0 ? "no two alike" : counted(clusters, "cluster");

const codeSaid = (lines: number): string => counted(lines, "line of code", "lines of code");

const linksTile = ({ links, broken }: Totals): Markup =>
  broken === 0
    ? tile("Links", shownCount(links), "none broken", "good")
    : tile("Links", shownCount(links), `${broken} broken`, "bad");

const instants = new Intl.DateTimeFormat("en-GB", {
  dateStyle: "long",
  timeStyle: "short",
  timeZone: "UTC",
});

/** An instant for people, in UTC. */
export const shownInstant = (iso: string): string => `${instants.format(new Date(iso))} UTC`;
