import { clippedPath } from "../../shown.ts";
import { html, type Markup } from "../markup.ts";
import { labelWidth } from "./label-width.ts";

export interface Heatmap {
  readonly title: string;
  readonly labels: readonly string[];
  /** Values from 0 to 1; the row and column of a label have the same number. */
  readonly values: readonly (readonly number[])[];
}

const WIDTH = 720;
const CELL_MAX = 46;
const LETTERS_MAX = 30;
const FIGURES_FROM = 28;

/** A square of cells, the stronger the closer. Columns have the rows' numbers. */
export function heatmap({ title, labels, values }: Heatmap): Markup {
  const left = labelWidth(labels.map((label) => clippedPath(label, LETTERS_MAX))) + 36;
  const cell = Math.min(CELL_MAX, (WIDTH - left) / Math.max(1, labels.length));
  const strongest = values
    .flat()
    .reduce((most, value) => (value < 1 ? Math.max(most, value) : most), 0);
  const rows = labels.map((label, row) => {
    const y = 22 + row * cell;
    const middle = digits(y + cell / 2 + 4);
    const cells = labels.map((other, column) => {
      const value = values[row]?.[column] ?? 0;
      const place = { x: left + column * cell, y, size: cell };
      return cellOf({
        value,
        place,
        strongest,
        own: row === column,
        about: `${label} and ${other}`,
      });
    });
    return html`<text class="label" x="${digits(left - 30)}" y="${middle}"
      text-anchor="end">${clippedPath(label, LETTERS_MAX)}</text>
      <text class="tick" x="${digits(left - 8)}" y="${middle}" text-anchor="end">${row + 1}</text>
      <text class="tick" x="${digits(left + (row + 0.5) * cell)}" y="14"
      text-anchor="middle">${row + 1}</text>${cells}`;
  });
  const height = Math.ceil(24 + labels.length * cell);
  return html`<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${title}">${rows}</svg>`;
}

interface Cell {
  readonly value: number;
  readonly place: { readonly x: number; readonly y: number; readonly size: number };
  readonly strongest: number;
  readonly own: boolean;
  readonly about: string;
}

function cellOf({ value, place, strongest, own, about }: Cell): Markup {
  const { x, y, size } = place;
  const square = html`x="${digits(x + 1)}" y="${digits(y + 1)}" width="${digits(size - 2)}"
    height="${digits(size - 2)}" rx="3"`;
  if (own) return html`<rect class="own" ${square}/>`;
  const strength = strongest > 0 ? Math.min(1, value / strongest) : 0;
  const opacity = Math.round((0.06 + 0.88 * strength ** 1.4) * 100) / 100;
  const figure = html`<text class="figure ${strength > 0.72 ? "on-dark" : ""}" text-anchor="middle"
    x="${digits(x + size / 2)}" y="${digits(y + size / 2 + 4)}">${shownCosine(value)}</text>`;
  return html`<g><title>${about}: ${value.toFixed(2)}</title>
    <rect class="heat" ${square} fill-opacity="${opacity}"/>
    ${size >= FIGURES_FROM ? figure : ""}</g>`;
}

const shownCosine = (value: number): string => value.toFixed(2).replace(/^0/, "");
const digits = (value: number): number => Math.round(value * 10) / 10;
