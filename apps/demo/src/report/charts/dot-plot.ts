import { html, type Markup } from "../markup.ts";

export interface Dot {
  readonly label: string;
  readonly value: number;
  readonly leadsTo: string;
}

export interface Zone {
  readonly from: number;
  readonly to: number;
  readonly label: string;
}

export interface DotPlot {
  readonly title: string;
  readonly dots: readonly Dot[];
  /** From left to right, without gaps; the ends of the first and last are those of the axis. */
  readonly zones: readonly Zone[];
}

const WIDTH = 720;
const SIDE = 12;
const BIN = 2.5;
const RADIUS_MAX = 8;
const HEIGHT_MIN = 92;
const STACK_HEIGHT_MAX = 190;

/** One dot for each document, stacked where values meet, over named zones of the axis. */
export function dotPlot({ title, dots, zones }: DotPlot): Markup {
  const low = zones[0]?.from ?? 0;
  const high = zones.at(-1)?.to ?? 100;
  const x = (value: number): number => SIDE + ((value - low) / (high - low)) * (WIDTH - 2 * SIDE);
  const stacks = stacksOf(dots, low, high);
  const tallest = stacks.reduce((most, { members }) => Math.max(most, members.length), 1);
  const radius = Math.min(RADIUS_MAX, STACK_HEIGHT_MAX / tallest / 2.2);
  const floor = Math.max(HEIGHT_MIN, tallest * radius * 2.2 + 14);
  const circles = stacks.flatMap(({ value, members }) =>
    members.map((dot, at) => {
      const y = floor - radius - 3 - at * radius * 2.2;
      return html`<a href="#${dot.leadsTo}"><circle class="dot" cx="${digits(x(value))}"
        cy="${digits(y)}" r="${digits(radius)}"><title>${dot.label}: ${digits(dot.value)}</title>
        </circle></a>`;
    }),
  );
  const ground = zones.map((zone, at) => zoneOf(zone, { at, x, floor }));
  return html`<svg viewBox="0 0 ${WIDTH} ${Math.ceil(floor) + 40}" role="img"
    aria-label="${title}">${ground}
    <text class="tick" x="${WIDTH - SIDE}" y="${Math.ceil(floor) + 15}"
      text-anchor="middle">${high}</text>${circles}</svg>`;
}

interface Ground {
  readonly at: number;
  readonly x: (value: number) => number;
  readonly floor: number;
}

function zoneOf(zone: Zone, { at, x, floor }: Ground): Markup {
  const left = x(zone.from);
  const width = x(zone.to) - left;
  const height = Math.ceil(floor);
  return html`<rect class="zone zone-${at % 2}" x="${digits(left)}" y="0" width="${digits(width)}"
    height="${height}"/>
    <text class="tick" x="${digits(left)}" y="${height + 15}"
      text-anchor="middle">${zone.from}</text>
    <text class="label" x="${digits(left + width / 2)}" y="${height + 32}"
      text-anchor="middle">${zone.label}</text>`;
}

interface Stack {
  readonly value: number;
  readonly members: readonly Dot[];
}

function stacksOf(dots: readonly Dot[], low: number, high: number): readonly Stack[] {
  const bins = new Map<number, Dot[]>();
  for (const dot of dots) {
    const inside = Math.min(high - BIN / 2, Math.max(low + BIN / 2, dot.value));
    const bin = Math.floor((inside - low) / BIN);
    bins.set(bin, [...(bins.get(bin) ?? []), dot]);
  }
  return [...bins].map(([bin, members]) => ({ value: low + (bin + 0.5) * BIN, members }));
}

const digits = (value: number): number => Math.round(value * 10) / 10;
