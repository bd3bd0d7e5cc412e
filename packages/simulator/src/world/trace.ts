const KEPT = 400;

/** What happened, as a running hash and its last lines. */
export class Trace {
  #high = 0x811c9dc5;
  #low = 0x01000193;
  #count = 0;
  readonly #lines: string[] = [];
  /** Takes every line, for whoever wants to read all of them. */
  readonly #listen: ((line: string) => void) | undefined;

  constructor(listen?: (line: string) => void) {
    this.#listen = listen;
  }

  get count(): number {
    return this.#count;
  }

  /** 16 hexadecimal digits: equal for equal traces. */
  get hash(): string {
    const hex = (word: number) => (word >>> 0).toString(16).padStart(8, "0");
    return hex(this.#high) + hex(this.#low);
  }

  add(line: string): void {
    let [high, low] = [this.#high, this.#low];
    for (let at = 0; at < line.length; at++) {
      high = Math.imul(high ^ line.charCodeAt(at), 0x01000193);
      low = Math.imul(low ^ (high >>> 7), 0x85ebca6b);
    }
    this.#high = high ^ 0x2f;
    this.#low = low;
    this.#lines[this.#count % KEPT] = line;
    this.#count += 1;
    this.#listen?.(line);
  }

  /** The last lines, oldest first. */
  tail(count: number): readonly string[] {
    const least = Math.max(0, this.#count - Math.min(count, KEPT));
    return Array.from(
      { length: this.#count - least },
      (_, i) => this.#lines[(least + i) % KEPT] as string,
    );
  }
}
