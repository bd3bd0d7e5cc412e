/**
 * A whole number from 1 on that the environment sets.
 *
 * @throws Error for any other text, naming the variable
 */
export function wholeOf(variable: string, otherwise: number, most: number): number {
  const text = process.env[variable];
  if (text === undefined) return otherwise;
  const number = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  if (number >= 1 && number <= most) return number;
  throw new Error(`${variable} takes a whole number from 1 to ${most}, not "${text}".`);
}
