import { createHash } from "node:crypto";

/** A text as the driver takes it; without a name it is parsed and planned at each execution. */
export interface PreparedText {
  readonly text: string;
  readonly name: string | undefined;
}

const TEXTS_MAX = 2_048;
const NAMES_MAX = 512;

/**
 * Numbers the placeholders of texts and names those that come again. A server keeps a plan for
 * each name and connection, so there are never more than a bounded number of names.
 */
export class PreparedTexts {
  readonly #known = new Map<string, PreparedText>();
  readonly #seenOnce = new Set<string>();
  readonly #named: boolean;
  #names = 0;

  constructor(named: boolean) {
    this.#named = named;
  }

  of(text: string): PreparedText {
    const known = this.#known.get(text);
    if (known) return known;
    const numbered = numberPlaceholders(text);
    if (!this.#named || this.#names >= NAMES_MAX) return { text: numbered, name: undefined };
    if (!this.#seenOnce.has(text)) {
      if (this.#seenOnce.size >= TEXTS_MAX) this.#seenOnce.clear();
      this.#seenOnce.add(text);
      return { text: numbered, name: undefined };
    }
    this.#seenOnce.delete(text);
    this.#names += 1;
    const name = `pawl_${createHash("sha256").update(numbered).digest("hex").slice(0, 16)}`;
    const prepared = { text: numbered, name };
    this.#known.set(text, prepared);
    return prepared;
  }
}

/** `$1, $2 …` for `?`: no text of the engine holds a question mark that is no placeholder. */
export function numberPlaceholders(text: string): string {
  let count = 0;
  return text.replace(/\?/g, () => `$${++count}`);
}
