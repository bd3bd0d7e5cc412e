/** Chance that follows from the text of a seed: the same text, the same draws. */
export class Prng {
  readonly #seed: string;
  readonly #state: Uint32Array;

  constructor(seed: string) {
    this.#seed = seed;
    this.#state = stateOf(seed);
    for (let i = 0; i < 12; i++) this.next();
  }

  /** In [0, 1), 32 bits. */
  next(): number {
    const state = this.#state;
    const [a, b, c, count] = state as unknown as [number, number, number, number];
    const sum = (a + b + count) >>> 0;
    state[3] = count + 1;
    state[0] = b ^ (b >>> 9);
    state[1] = c + (c << 3);
    state[2] = ((c << 21) | (c >>> 11)) + sum;
    return sum / 2 ** 32;
  }

  /** A whole number from `least` to `most`, both included. */
  int(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.next() * items.length)] as T;
  }

  /** One of the names, each as often as its weight says. */
  weighted<K extends string>(weights: Readonly<Record<K, number>>): K {
    const entries = Object.entries(weights) as [K, number][];
    let left = this.next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [name, weight] of entries) {
      left -= weight;
      if (left < 0) return name;
    }
    return entries.at(-1)?.[0] as K;
  }

  /** Chance of its own for a part of the world, whatever was drawn here before. */
  fork(part: string): Prng {
    return new Prng(`${this.#seed}/${part}`);
  }
}

/** Four words that differ for seeds that differ in one character. */
function stateOf(seed: string): Uint32Array {
  const state = new Uint32Array([0x9e3779b9, 0x243f6a88, 0xb7e15162, 1]);
  for (let at = 0; at < seed.length; at++) {
    for (let word = 0; word < 3; word++) {
      const mixed = ((state[word] as number) ^ (seed.charCodeAt(at) + word * 131)) >>> 0;
      state[word] = Math.imul(mixed, 0x01000193 + word * 0x3a5c2) ^ (mixed >>> 15);
    }
  }
  return state;
}
