import { shownNumber } from "./numbers.ts";

/** Drawn in the order given; the first has the strongest colour. */
export interface Mark {
  readonly title: string;
  readonly colour: string;
  /** Dashed when it is a line. */
  readonly faint: boolean;
}

export interface Bars extends Mark {
  readonly value: number;
}

export interface Line extends Mark {
  readonly values: readonly number[];
}

const WIDTH = 760;
const LEFT = 210;
const RIGHT = 90;
const TOP = 44;
const ROW = 28;
const PLOT = 220;
const LEGEND = 20;
const INK = "#1f2328";
const RULE = "#d0d7de";

/** Horizontal bars from zero, each with its value. */
export function barChart(title: string, bars: readonly Bars[]): string {
  const longest = Math.max(...bars.map(({ value }) => value));
  const rows = bars.map(({ title: name, value, colour, faint }, i) => {
    const y = TOP + i * ROW;
    const width = Math.max(1, (value / longest) * (WIDTH - LEFT - RIGHT));
    return [
      text({ x: LEFT - 8, y: y + 15, anchor: "end", says: name }),
      `<rect x="${LEFT}" y="${y}" width="${width.toFixed(1)}" height="20" fill="${colour}"` +
        ` opacity="${faint ? 0.55 : 1}"/>`,
      text({ x: LEFT + width + 6, y: y + 15, says: shownNumber(value) }),
    ].join("");
  });
  return svg({ title, height: TOP + bars.length * ROW + 12, parts: rows });
}

/** Lines over a common scale from zero; each point stands for `perPoint` of what is counted. */
export function lineChart(
  title: string,
  lines: readonly Line[],
  axis: { readonly perPoint: number; readonly unit: string; readonly counted: string },
): string {
  const points = Math.ceil(Math.max(...lines.map(({ values }) => values.length)) / 10) * 10;
  const highest = roundAbove(Math.max(...lines.flatMap(({ values }) => values)));
  const left = 60;
  const width = WIDTH - left - 30;
  const xOf = (i: number): number => left + ((i + 0.5) / points) * width;
  const yOf = (value: number): number => TOP + PLOT * (1 - value / highest);
  const marks = [0, 0.25, 0.5, 0.75, 1].flatMap((part) => {
    const y = TOP + PLOT * (1 - part);
    const x = left + part * width;
    return [
      `<line x1="${left}" x2="${left + width}" y1="${y}" y2="${y}" stroke="${RULE}"/>`,
      text({ x: left - 6, y: y + 4, anchor: "end", says: shownNumber(highest * part) }),
      text({
        x,
        y: TOP + PLOT + 18,
        anchor: "middle",
        says: shownNumber(Math.round(part * points * axis.perPoint)),
      }),
    ];
  });
  const drawn = lines.map(({ values, colour, faint }) => {
    const path = values.map((value, i) => `${xOf(i).toFixed(1)},${yOf(value).toFixed(1)}`);
    const dash = faint ? ' stroke-dasharray="4 3"' : "";
    return (
      `<polyline points="${path.join(" ")}" fill="none" stroke="${colour}"${dash}` +
      ' stroke-width="1.8"/>'
    );
  });
  const names = lines.map(({ title: name, colour, faint }, i) => {
    const y = TOP + PLOT + 44 + i * LEGEND;
    const dash = faint ? ' stroke-dasharray="4 3"' : "";
    return (
      `<line x1="${left}" x2="${left + 28}" y1="${y}" y2="${y}" stroke="${colour}"${dash}` +
      ` stroke-width="2.5"/>${text({ x: left + 36, y: y + 4, says: name })}`
    );
  });
  const unit = text({ x: left - 6, y: TOP - 10, anchor: "end", says: axis.unit });
  const counted = text({ x: left + 30, y: TOP + PLOT + 18, says: axis.counted });
  const height = TOP + PLOT + 44 + lines.length * LEGEND;
  return svg({ title, height, parts: [...marks, unit, counted, ...drawn, ...names] });
}

/** The least of 1, 2, 4, 6, 8 and 10 times a power of ten that is not below. */
function roundAbove(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const factor = [1, 2, 4, 6, 8, 10].find((each) => each * power >= value) ?? 10;
  return factor * power;
}

interface Text {
  readonly x: number;
  readonly y: number;
  readonly says: string;
  readonly anchor?: "start" | "middle" | "end";
}

const text = ({ x, y, says, anchor = "start" }: Text): string =>
  `<text x="${x.toFixed(1)}" y="${y}" text-anchor="${anchor}">${escaped(says)}</text>`;

function svg(drawing: {
  readonly title: string;
  readonly height: number;
  readonly parts: readonly string[];
}): string {
  const { title, height, parts } = drawing;
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img"` +
      ` font-family="system-ui, sans-serif" font-size="13" fill="${INK}">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    `<text x="12" y="22" font-size="15" font-weight="600">${escaped(title)}</text>`,
    ...parts,
    "</svg>",
  ];
  return `${lines.join("\n")}\n`;
}

const escaped = (says: string): string =>
  says.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
