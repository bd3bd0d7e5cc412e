import type { Spread } from "../statistics/spread.ts";

/** Three digits that mean something, thousands apart; whole numbers stay whole. */
export function shownNumber(value: number): string {
  const size = Math.abs(value);
  if (Number.isInteger(value) || size >= 100) return Math.round(value).toLocaleString("en");
  return value.toFixed(size >= 10 ? 1 : size >= 1 ? 2 : 3);
}

/** `median (min–max)`, or the one value there is. */
export function shownSpread({ median, min, max }: Spread): string {
  const [middle, low, high] = [median, min, max].map(shownNumber);
  return low === high ? `${middle}` : `${middle} (${low}–${high})`;
}
