import { shownDuration } from "../../shown.ts";
import { html, type Markup } from "../markup.ts";

export interface TimelineBar {
  readonly label: string;
  readonly startMs: number;
  readonly durationMs: number;
  /** Number of the colour, from 0. */
  readonly tone: number;
}

export interface TimelineLane {
  readonly label: string;
  readonly bars: readonly TimelineBar[];
  /** When the lane was cut off, for example by a kill. */
  readonly cutAtMs?: number;
}

export interface TimelineBand {
  readonly label: string;
  readonly startMs: number;
  readonly durationMs: number;
}

export interface Timeline {
  readonly title: string;
  readonly elapsedMs: number;
  readonly lanes: readonly TimelineLane[];
  readonly bands: readonly TimelineBand[];
}

export const TONES = 6;
const WIDTH = 720;
const LEFT = 104;
const RIGHT = 14;
const TOP = 26;
const BAR = 13;
const ROWS_MAX = 6;
const LANE_GAP = 16;
const TICKS_MAX = 6;

type Place = (ms: number) => number;

/** What each worker did when. Bars of one lane that overlap lie below each other. */
export function timeline({ title, elapsedMs, lanes, bands }: Timeline): Markup {
  const span = Math.max(1, elapsedMs);
  const x: Place = (ms) => LEFT + (Math.min(span, Math.max(0, ms)) / span) * (WIDTH - LEFT - RIGHT);
  const drawn: Markup[] = [];
  let y = TOP;
  for (const lane of lanes) {
    const rows = rowsOf(lane.bars);
    const height = Math.max(2, rows.length) * (BAR + 2);
    drawn.push(laneOf(lane, { x, y, height, rows }));
    y += height + LANE_GAP;
  }
  const floor = y - LANE_GAP / 2;
  const ground = bands.map((band) => bandOf(band, x, floor));
  return html`<svg viewBox="0 0 ${WIDTH} ${floor + 24}" role="img" aria-label="${title}">
    ${ground}${axisOf(span, x, floor)}${drawn}</svg>`;
}

interface LanePlace {
  readonly x: Place;
  readonly y: number;
  readonly height: number;
  readonly rows: readonly (readonly TimelineBar[])[];
}

function laneOf(lane: TimelineLane, { x, y, height, rows }: LanePlace): Markup {
  const bars = rows.flatMap((row, at) =>
    row.map((bar) => {
      const left = x(bar.startMs);
      const width = Math.max(2, x(bar.startMs + bar.durationMs) - left - 0.6);
      return html`<rect class="tone-${bar.tone % TONES}" x="${digits(left)}"
        y="${y + at * (BAR + 2)}"
        width="${digits(width)}" height="${BAR}" rx="2"><title>${bar.label}: ${shownDuration(
          bar.durationMs,
        )}</title></rect>`;
    }),
  );
  return html`<text class="label" x="${LEFT - 12}" y="${y + BAR - 2}"
    text-anchor="end">${lane.label}</text>
    ${bars}${lane.cutAtMs === undefined ? "" : cutOf(x(lane.cutAtMs), y, height)}`;
}

const cutOf = (x: number, y: number, height: number): Markup =>
  html`<g><title>killed here</title>
    <line class="cut" x1="${digits(x)}" x2="${digits(x)}" y1="${y - 6}" y2="${y + height + 4}"/>
    <text class="cut-label" x="${digits(x + 6)}" y="${y + height}">SIGKILL</text></g>`;

function bandOf({ label, startMs, durationMs }: TimelineBand, x: Place, floor: number): Markup {
  const left = x(startMs);
  const width = Math.max(2, x(startMs + durationMs) - left);
  return html`<g><title>${label}: ${shownDuration(durationMs)}</title>
    <rect class="band" x="${digits(left)}" y="${TOP - 8}" width="${digits(width)}"
      height="${floor - TOP + 8}" rx="4"/>
    <text class="band-label" x="${digits(left + width / 2)}" y="${TOP - 13}"
      text-anchor="middle">${label}</text></g>`;
}

function axisOf(span: number, x: Place, floor: number): readonly Markup[] {
  const step = roundStep(span / TICKS_MAX);
  return Array.from({ length: Math.floor(span / step) + 1 }, (_, at) => {
    const left = digits(x(at * step));
    const shown = at === 0 ? "0" : shownDuration(at * step);
    return html`<line class="grid" x1="${left}" x2="${left}" y1="${TOP - 8}" y2="${floor}"/>
      <text class="tick" x="${left}" y="${floor + 16}" text-anchor="middle">${shown}</text>`;
  });
}

const SECOND = 1000;
const ROUND_MS: readonly number[] = [1, 2, 5, 10, 20, 50, 100, 200, 500].concat(
  [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600].map((seconds) => seconds * SECOND),
);

/** The smallest round duration that is not below the wanted one; beyond an hour, whole hours. */
function roundStep(wantedMs: number): number {
  const hour = 3600 * SECOND;
  return ROUND_MS.find((ms) => ms >= wantedMs) ?? Math.ceil(wantedMs / hour) * hour;
}

/** Puts each bar into the first row that is free by then. */
function rowsOf(bars: readonly TimelineBar[]): readonly (readonly TimelineBar[])[] {
  const rows: TimelineBar[][] = [];
  for (const bar of [...bars].sort((a, b) => a.startMs - b.startMs)) {
    const free = rows.find((row) => endOf(row.at(-1)) <= bar.startMs);
    if (free) free.push(bar);
    else if (rows.length < ROWS_MAX) rows.push([bar]);
    else rows[rows.length - 1]?.push(bar);
  }
  return rows;
}

const endOf = (bar: TimelineBar | undefined): number => (bar ? bar.startMs + bar.durationMs : 0);
const digits = (value: number): number => Math.round(value * 10) / 10;
