import { counted, shownCount, shownDuration } from "../shown.ts";
import { markdownCode as code, markdownTable, markdownText as text } from "./markdown-text.ts";
import type { ReportInput } from "./report-input.ts";
import { type CrashAccount, type RunAccount, type StepAccount, stepName } from "./run-account.ts";
import { shownInstant } from "./sections/overview.ts";
import {
  byLinkHealth,
  byWords,
  type DocumentSummary,
  faultOf,
  type ReportSummary,
  reasonUnscored,
  shownMinutes,
  summaryOf,
} from "./summary.ts";

const PAIRS_SHOWN = 10;
const BROKEN_SHOWN = 200;
const STAGES_SHOWN = 200;
const STEPS_NAMED = 5;

/** The report as Markdown, with the figures of the HTML page. */
export function markdownReport(input: ReportInput): string {
  const summary = summaryOf(input);
  const parts = [
    head(input, summary),
    runPart(input.run),
    wordsPart(summary),
    readabilityPart(summary),
    keywordsPart(input),
    similarityPart(input, summary),
    linksPart(summary),
    documentsPart(summary),
    notesPart(input),
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function head(input: ReportInput, { totals }: ReportSummary): string {
  const broken = totals.broken === 0 ? "none broken" : `**${totals.broken} broken**`;
  const read = `${counted(totals.documents, "document")} of ${code(input.rootName)}, read`;
  return `# ${text(input.title)}

${read} on ${shownInstant(input.generatedAt)} in ${shownDuration(input.run.elapsedMs)}.

${markdownTable({
  head: ["Documents", "Words", "Reading time", "Headings", "Lines of code", "Links"],
  rows: [
    [
      shownCount(totals.documents),
      shownCount(totals.words),
      shownMinutes(totals.readingMinutes),
      shownCount(totals.headings),
      shownCount(totals.codeLines),
      `${shownCount(totals.links)}, ${broken}`,
    ],
  ],
})}`;
}

function runPart(run: RunAccount): string {
  const rows = run.stages
    .slice(0, STAGES_SHOWN)
    .map((stage) => [
      stage.item === "" ? text(stage.id) : `${text(stage.id)} ${code(stage.item)}`,
      text(stage.status),
      String(stage.attempts),
      shownDuration(stage.durationMs),
      String(stage.workerPid),
      stepsSaid(stage.steps),
    ]);
  const table = markdownTable({
    head: ["Stage", "Status", "Attempts", "Duration", "Worker", "Steps"],
    rows,
    figures: [2, 3, 4],
  });
  const more = run.stages.length - rows.length;
  const ended = `${text(run.status)} after ${shownDuration(run.elapsedMs)}`;
  const said = `Run ${code(run.runId)} of ${code(run.workflowId)}: ${ended}.`;
  return [
    "## How this run went",
    said,
    ...(run.crash ? [crashSaid(run.crash)] : []),
    table,
    ...(more > 0 ? [`And ${counted(more, "stage")} more.`] : []),
  ].join("\n\n");
}

/** A few steps one by one; of many their number, and the one that took longest. */
function stepsSaid(steps: readonly StepAccount[]): string {
  if (steps.length <= STEPS_NAMED) return steps.map(stepSaid).join(", ");
  const longest = steps.reduce((most, step) => (step.durationMs > most.durationMs ? step : most));
  return `${counted(steps.length, "step")}, longest ${stepSaid(longest)}`;
}

const stepSaid = (step: StepAccount): string =>
  `${text(stepName(step))} ${shownDuration(step.durationMs)}${triesSaid(step)}`;

const triesSaid = ({ attempts }: { readonly attempts: number }): string =>
  attempts > 1 ? ` (attempt ${attempts})` : "";

function crashSaid(crash: CrashAccount): string {
  const finished = counted(crash.stepsFinishedBefore, "finished step");
  const verdict =
    crash.stepsRunTwice.length === 0
      ? `None of the ${finished} ran a second time.`
      : `Ran twice: ${crash.stepsRunTwice.map(code).join(", ")}.`;
  return (
    `Worker ${crash.killedPid} was killed with SIGKILL after ${shownDuration(crash.atMs)}; ` +
    `worker ${crash.successorPid} took over ` +
    `${shownDuration(crash.resumedAtMs - crash.atMs)} later. ` +
    `**${verdict}** Steps cut short by the kill, which ran again: ${crash.stepsInterrupted}.`
  );
}

function wordsPart({ documents }: ReportSummary): string {
  const rows = byWords(documents).map(({ path, analysis: { words } }) => [
    code(path),
    shownCount(words.words),
    shownCount(words.distinctWords),
    words.wordsPerSentence.toFixed(1),
    shownMinutes(words.readingMinutes),
  ]);
  const titles = ["Document", "Words", "Distinct", "Words per sentence", "Reading time"];
  return `## Words per document\n\n${markdownTable({ head: titles, rows, figures: [1, 2, 3, 4] })}`;
}

function readabilityPart({ documents }: ReportSummary): string {
  const rows = documents.map(({ path, analysis: { readability } }) =>
    readability.scored
      ? [
          code(path),
          readability.scores.fleschReadingEase.toFixed(0),
          readability.scores.fleschKincaidGrade.toFixed(1),
          readability.scores.automatedReadabilityIndex.toFixed(1),
          readability.scores.band,
        ]
      : [code(path), "", "", "", reasonUnscored(readability.reason)],
  );
  const titles = ["Document", "Reading ease", "Flesch-Kincaid grade", "ARI", "Reads"];
  return `## Readability\n\n${markdownTable({ head: titles, rows, figures: [1, 2, 3] })}`;
}

function keywordsPart({ comparison }: ReportInput): string {
  const words = comparison.corpusKeywords.map(
    ({ word, count }) => `${text(word)} (${shownCount(count)})`,
  );
  return words.length === 0 ? "" : `## Keywords\n\n${words.join(", ")}.`;
}

function similarityPart({ comparison }: ReportInput, { paths }: ReportSummary): string {
  const { pairs, clusters } = comparison.similarity;
  if (pairs.length === 0) return "";
  const named = (id: string): string => code(paths.get(id) ?? id);
  const rows = pairs
    .slice(0, PAIRS_SHOWN)
    .map(({ a, b, cosine, shared }) => [
      cosine.toFixed(2),
      named(a),
      named(b),
      shared.map(text).join(", "),
    ]);
  const table = markdownTable({
    head: ["Cosine", "One", "Other", "Shared terms"],
    rows,
    figures: [0],
  });
  const groups = clusters.map((ids, at) => `${at + 1}. ${ids.map(named).join(", ")}`);
  const list = groups.length > 0 ? `\n\nClusters:\n\n${groups.join("\n")}` : "";
  return `## Similarity\n\n${table}${list}`;
}

function linksPart({ documents, totals }: ReportSummary): string {
  if (totals.links === 0) return "";
  const broken = documents.flatMap(({ path, broken: links }) =>
    links.map((link) => [code(`${path}:${link.line}`), code(link.target), text(faultOf(link))]),
  );
  const rows = byLinkHealth(documents).map(({ path, broken: bad, analysis: { links } }) => [
    code(path),
    String(bad.length),
    shownCount(links.counts.internal),
    shownCount(links.counts.anchor),
    shownCount(links.counts.external),
    shownCount(links.counts.mail + links.counts.other),
  ]);
  const titles = ["Document", "Broken", "Files", "Anchors", "Web", "Other"];
  return [
    "## Links",
    ...brokenLinks(broken),
    markdownTable({ head: titles, rows, figures: [1, 2, 3, 4, 5] }),
  ].join("\n\n");
}

function brokenLinks(rows: readonly (readonly string[])[]): readonly string[] {
  if (rows.length === 0) return ["Every link that can be checked leads somewhere."];
  const shown = rows.slice(0, BROKEN_SHOWN);
  const table = markdownTable({ head: ["Where", "Link", "What is wrong"], rows: shown });
  const more = rows.length - shown.length;
  return more > 0 ? [table, `And ${counted(more, "broken link")} more.`] : [table];
}

const documentsPart = ({ documents }: ReportSummary): string =>
  ["## Documents", ...documents.map(documentPart)].join("\n\n");

function documentPart({ path, title, analysis, keywords, nearest }: DocumentSummary): string {
  const { counts } = analysis.structure;
  const near = nearest.map((each) => `${code(each.path)} ${each.cosine.toFixed(2)}`).join(", ");
  const facts = [
    ["Title", text(title)],
    [
      "Contents",
      `${counted(counts.headings, "heading")}, ${counted(counts.paragraphs, "paragraph")}, ` +
        `${counted(counts.listItems, "list item")}, ${counted(counts.tables, "table")}, ` +
        `${counted(counts.codeBlocks, "block")} of code`,
    ],
    ["Keywords", keywords.map(({ word }) => text(word)).join(", ")],
    ["Nearest", near],
  ] as const;
  const shown = facts.filter(([, value]) => value !== "");
  return `### ${code(path)}\n\n${shown.map(([name, value]) => `- ${name}: ${value}`).join("\n")}`;
}

function notesPart({ notes }: ReportInput): string {
  if (notes.length === 0) return "";
  const rows = notes.map(({ path, message }) => [code(path), text(message)]);
  return `## Left out\n\n${markdownTable({ head: ["Path", "Why"], rows })}`;
}
