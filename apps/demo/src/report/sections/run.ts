import { counted, shownCount, shownDuration } from "../../shown.ts";
import { type TimelineBar, TONES, timeline } from "../charts/timeline.ts";
import { html, type Markup } from "../markup.ts";
import {
  type CrashAccount,
  type RunAccount,
  type StageAccount,
  type StepAccount,
  stepName,
  type WorkerAccount,
} from "../run-account.ts";
import { tile } from "./overview.ts";

const STEPS_DRAWN_MAX = 1500;
const STAGES_SHOWN = 80;

/** What happened when, on which worker, how often. */
export function runSection(run: RunAccount): Markup {
  const steps = run.stages.flatMap((stage) => stage.steps);
  const retried = steps.filter((step) => step.attempts > 1).length;
  return html`<section id="run"><h2>How this run went</h2>
    <p class="about">Run <code>${run.runId}</code> of <code>${run.workflowId}</code>:
      ${run.status} after ${shownDuration(run.elapsedMs)}.</p>
    <div class="tiles small">
      ${tile("Stages", shownCount(run.stages.length), counted(stageIds(run).length, "kind"))}
      ${tile("Steps recorded", shownCount(steps.length), "each in one commit")}
      ${tile("Retried", shownCount(retried), retried === 0 ? "none had to" : "more than one try")}
      ${workersTile(run)}
    </div>
    ${run.crash ? crashCard(run.crash) : ""}
    <figure>${drawn(run)}</figure>${legend(run)}
    ${stagesTable(run)}</section>`;
}

function workersTile({ workers }: RunAccount): Markup {
  const killed = workers.filter(({ fate }) => fate === "killed").length;
  return killed === 0
    ? tile("Workers", shownCount(workers.length), "none lost", "good")
    : tile("Workers", shownCount(workers.length), `${killed} killed`, "bad");
}

const stageIds = ({ stages }: RunAccount): readonly string[] => [
  ...new Set(stages.map(({ id }) => id)),
];

function crashCard(crash: CrashAccount): Markup {
  const twice = crash.stepsRunTwice;
  const kept = counted(crash.stepsFinishedBefore, "finished step");
  const verdict =
    twice.length === 0
      ? html`<b class="good">None of the ${kept} ran a second time.</b>`
      : html`<b class="bad">${counted(twice.length, "finished step")} ran twice:
          ${twice.join(", ")}.</b>`;
  return html`<div class="crash"><p>Worker <b>${crash.killedPid}</b> was killed with SIGKILL after
    ${shownDuration(crash.atMs)}. Worker <b>${crash.successorPid}</b> took over
    ${shownDuration(crash.resumedAtMs - crash.atMs)} later and went on where the record ended.
    ${verdict} ${interruptedSaid(crash.stepsInterrupted)}</p></div>`;
}

const interruptedSaid = (steps: number): string =>
  steps === 0
    ? "No step was cut short."
    : `${counted(steps, "step")} cut short by the kill ran again from the beginning.`;

function drawn(run: RunAccount): Markup {
  const ids = stageIds(run);
  const count = run.stages.reduce((sum, { steps }) => sum + steps.length, 0);
  const bars = run.stages.flatMap((stage) => barsOf(stage, ids, count <= STEPS_DRAWN_MAX));
  const lanes = run.workers.map((worker) => ({
    label: `worker ${worker.pid}`,
    bars: bars.filter(({ pid }) => pid === worker.pid),
    ...cutOf(worker),
  }));
  const bands = run.pauses.map(({ id, ...when }) => ({ label: id, ...when }));
  return timeline({ title: "What each worker did when", elapsedMs: run.elapsedMs, lanes, bands });
}

const cutOf = ({ fate, toMs }: WorkerAccount): { cutAtMs?: number } =>
  fate === "killed" ? { cutAtMs: toMs } : {};

interface WorkerBar extends TimelineBar {
  readonly pid: number;
}

/** Bars of the steps; of the whole stage when it has none or there are too many to draw. */
function barsOf(stage: StageAccount, ids: readonly string[], inSteps: boolean): WorkerBar[] {
  const tone = ids.indexOf(stage.id);
  const name = stageName(stage);
  if (!inSteps || stage.steps.length === 0) {
    const { startMs, durationMs, workerPid } = stage;
    return [{ label: name, startMs, durationMs, tone, pid: workerPid }];
  }
  return stage.steps.map((step) => ({
    label: `${name}, ${stepName(step)}`,
    startMs: step.startMs,
    durationMs: step.durationMs,
    tone,
    pid: step.workerPid,
  }));
}

const stageName = ({ id, item }: StageAccount): string => (item === "" ? id : `${id} ${item}`);

const legend = (run: RunAccount): Markup =>
  html`<p class="legend">${stageIds(run).map(
    (id, at) => html`<span><svg viewBox="0 0 12 12" class="swatch" aria-hidden="true"><rect
      class="tone-${at % TONES}" width="12" height="12" rx="3"/></svg>${id}</span>`,
  )}</p>`;

function stagesTable({ stages }: RunAccount): Markup {
  const rows = stages.slice(0, STAGES_SHOWN).map(
    (stage) => html`<tr><td>${stage.id}<small class="item">${stage.item}</small></td>
      <td>${stage.status}</td><td class="number">${stage.attempts}</td>
      <td class="number">${shownDuration(stage.durationMs)}</td>
      <td class="number">${stage.workerPid}</td>
      <td>${stepsOf(stage)}</td></tr>`,
  );
  const more = stages.length - rows.length;
  return html`<details class="plain"><summary>Every stage and step</summary>
    <div class="scroll"><table>
    <thead><tr><th>Stage</th><th>Status</th><th class="number">Attempts</th>
    <th class="number">Duration</th><th class="number">Worker</th><th>Steps</th></tr></thead>
    <tbody>${rows}</tbody></table></div>
    ${more > 0 ? html`<p class="aside">And ${counted(more, "stage")} more.</p>` : ""}</details>`;
}

/** Chips in the order of the steps, those that worked on the same thing side by side. */
function stepsOf(stage: StageAccount): readonly Markup[] {
  const items = new Set(stage.steps.map(({ item = "" }) => item));
  return [...items].map((name) => {
    const steps = stage.steps.filter(({ item = "" }) => item === name);
    const label = name === "" ? "" : html`<small class="item">${name}</small>`;
    return html`<div class="steps">${label}${steps.map((step) => stepChip(step, stage))}</div>`;
  });
}

/** The worker is named where it is not the one that ended the stage. */
function stepChip(step: StepAccount, stage: StageAccount): Markup {
  const said = [
    shownDuration(step.durationMs),
    ...(step.attempts > 1 ? [`attempt ${step.attempts}`] : []),
    ...(step.workerPid === stage.workerPid ? [] : [`worker ${step.workerPid}`]),
  ];
  return html`<span class="chip">${step.key}<small>${said.join(", ")}</small></span>`;
}
