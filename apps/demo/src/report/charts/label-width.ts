const CAPITAL = 8.6;
const OTHER = 7.1;

/** Room for the widest of some labels at 12 px, on the safe side: nobody can measure here. */
export function labelWidth(labels: readonly string[]): number {
  return labels.map(widthOf).reduce((most, width) => Math.max(most, width), 0);
}

function widthOf(label: string): number {
  return [...label].reduce(
    (sum, letter) => sum + (/[\p{Lu}\d@%mw]/u.test(letter) ? CAPITAL : OTHER),
    0,
  );
}
