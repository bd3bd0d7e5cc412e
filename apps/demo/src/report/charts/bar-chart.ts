import { clipped, clippedPath } from "../../shown.ts";
import { html, type Markup } from "../markup.ts";
import { labelWidth } from "./label-width.ts";

export interface Bar {
  readonly label: string;
  readonly value: number;
  /** The value as it is written at the bar's end. */
  readonly shown: string;
  /** Id of an element of the page that the label leads to. */
  readonly leadsTo?: string;
}

export interface BarChart {
  /** What the chart shows, for those who can't see it. */
  readonly title: string;
  readonly bars: readonly Bar[];
  /** `path` keeps the end of a long label, `word` its beginning. */
  readonly labels: "path" | "word";
}

const WIDTH = 720;
const ROW = 26;
const END = 84;

/** Horizontal bars, each with its value, in the order given. */
export function barChart({ title, bars, labels }: BarChart): Markup {
  const lettersMax = labels === "path" ? 38 : 22;
  const cut = labels === "path" ? clippedPath : clipped;
  const left = labelWidth(bars.map(({ label }) => cut(label, lettersMax))) + 14;
  const most = bars.reduce((max, { value }) => Math.max(max, value), 0);
  const scale = most > 0 ? (WIDTH - left - END) / most : 0;
  const rows = bars.map((bar, at) => {
    const width = Math.max(2, bar.value * scale);
    const y = at * ROW;
    const label = html`<text class="label" x="${left - 10}" y="${y + 17}"
      text-anchor="end">${cut(bar.label, lettersMax)}</text>`;
    return html`<g><title>${bar.label}: ${bar.shown}</title>
      ${bar.leadsTo ? html`<a href="#${bar.leadsTo}">${label}</a>` : label}
      <rect class="bar" x="${left}" y="${y + 5}" width="${digits(width)}" height="16" rx="3"/>
      <text class="value" x="${digits(left + width + 8)}" y="${y + 17}">${bar.shown}</text></g>`;
  });
  return html`<svg viewBox="0 0 ${WIDTH} ${bars.length * ROW}" role="img" aria-label="${title}">
    ${rows}</svg>`;
}

const digits = (value: number): number => Math.round(value * 10) / 10;
