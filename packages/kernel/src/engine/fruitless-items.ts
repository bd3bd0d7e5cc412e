import type { SweepItem, SweepKind } from "../ports/persistence.ts";

const ITEMS_MAX = 1_000;

export interface Sweep {
  readonly kinds: readonly SweepKind[];
  /** Rows per kind. */
  readonly limit: number;
}

/**
 * What a sweep found and nothing could be done about, by this process and lately. It must not
 * take the place of others at every sweep, so it comes after them, the longest untried first.
 */
export class FruitlessItems {
  readonly #kinds = new Map<string, SweepKind>();

  get size(): number {
    return this.#kinds.size;
  }

  note(item: SweepItem, done: boolean): void {
    const text = textOf(item);
    this.#kinds.delete(text);
    if (done) return;
    this.#kinds.set(text, item.kind);
    const [oldest] = this.#kinds.keys();
    if (this.size > ITEMS_MAX && oldest !== undefined) this.#kinds.delete(oldest);
  }

  /** Bounds what a sweep found that looked at `size` rows more; forgets what it found no more. */
  bound(found: readonly SweepItem[], { kinds, limit }: Sweep): readonly SweepItem[] {
    const byText = new Map(found.map((item) => [textOf(item), item]));
    for (const [text, kind] of this.#kinds) {
      if (kinds.includes(kind) && !byText.has(text)) this.#kinds.delete(text);
    }
    const fresh = found.filter((item) => !this.#kinds.has(textOf(item)));
    const again = [...this.#kinds.keys()].flatMap((text) => byText.get(text) ?? []);
    const counts = new Map<SweepKind, number>();
    return [...fresh, ...again].filter(({ kind }) => {
      const count = (counts.get(kind) ?? 0) + 1;
      counts.set(kind, count);
      return count <= limit;
    });
  }
}

const textOf = ({ kind, runId, stage, id }: SweepItem): string =>
  JSON.stringify([kind, runId, stage?.stageId, stage?.mapIndex, stage?.generation, id]);
