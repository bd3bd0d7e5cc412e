/** An adapter whose statements are wrong in one way, and where the suite must see it. */
export interface SqlMutant {
  readonly name: string;
  /** Clause, and the beginning of the titles of its cases where they are many. */
  readonly seen: string;
  /** What stands in texts, as long as the fault can be planted there. */
  readonly from: RegExp;
  readonly to: string;
}

/** Puts the fault into texts, and remembers whether it could, and whether it was good SQL. */
export class Planting {
  readonly #mutant: SqlMutant;
  planted = 0;
  readonly refused: string[] = [];

  constructor(mutant: SqlMutant) {
    this.#mutant = mutant;
  }

  /** The text as the server gets it. */
  into(text: string): string {
    const { from, to } = this.#mutant;
    const changed = text.replace(from, to);
    if (changed !== text) this.planted += 1;
    return changed;
  }

  /** A server that does not understand the text proves nothing about the suite. */
  async watch<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      const { code, sqlState = code } = error as { code?: string; sqlState?: string };
      if (/^42/.test(String(sqlState))) this.refused.push((error as Error).message);
      throw error;
    }
  }
}

/** An adapter without a fault, for the cases that a mutant must fail. */
export const whole = (seen: string): SqlMutant => ({ name: "whole", seen, from: /(?!)/, to: "" });
