import { type CorpusTerms, type TermCounts, termWeight } from "./keywords.ts";

export interface DocumentPair {
  readonly a: string;
  readonly b: string;
  /** 0, nothing shared, to 1, the same words in the same shares. */
  readonly cosine: number;
  /** The terms that add most to the cosine. */
  readonly shared: readonly string[];
}

export interface ComparedDocument {
  readonly id: string;
  readonly terms: TermCounts;
}

export interface Similarity {
  /** Closest first, at most `PAIRS_MAX`; pairs that share nothing are left out. */
  readonly pairs: readonly DocumentPair[];
  /** Documents that hang together, largest group first; a document alone is in none. */
  readonly clusters: readonly (readonly string[])[];
  /** Cosines of every two of at most `GRID_MAX` documents, neighbours side by side. */
  readonly grid: SimilarityGrid;
}

export interface SimilarityGrid {
  readonly ids: readonly string[];
  readonly cosines: readonly (readonly number[])[];
}

/** Two documents at least this close belong to one cluster. */
const CLUSTER_COSINE_MIN = 0.35;
export const PAIRS_MAX = 200;
export const GRID_MAX = 30;
const SHARED_SHOWN = 5;

interface Vector {
  readonly id: string;
  /** Weight by stem, of length 1. */
  readonly weights: ReadonlyMap<string, number>;
  readonly words: ReadonlyMap<string, string>;
}

interface Closeness {
  readonly a: Vector;
  readonly b: Vector;
  readonly cosine: number;
}

/** Cosine of two documents by their numbers. */
type Cosines = (a: number, b: number) => number;

/** Cosine of the TF-IDF vectors of every two documents, and the clusters that follow from it. */
export function compareDocuments(
  documents: readonly ComparedDocument[],
  corpus: CorpusTerms,
): Similarity {
  const vectors = documents.map((document) => vectorOf(document, corpus));
  const cosines = cosinesOf(vectors);
  const close = closenessOf(vectors, cosines);
  const clusters = clustersOf(close);
  return {
    pairs: close.slice(0, PAIRS_MAX).map(({ a, b, cosine }) => ({
      a: a.id,
      b: b.id,
      cosine: rounded(cosine),
      shared: sharedOf(a, b),
    })),
    clusters,
    grid: gridOf({ vectors, cosines, close, clusters }),
  };
}

function vectorOf({ id, terms }: ComparedDocument, corpus: CorpusTerms): Vector {
  const weights = terms.terms.map((term) => termWeight(term, terms.total, corpus));
  const length = Math.sqrt(weights.reduce((sum, weight) => sum + weight ** 2, 0));
  return {
    id,
    weights: new Map(terms.terms.map(({ stem }, at) => [stem, (weights[at] ?? 0) / length])),
    words: new Map(terms.terms.map(({ stem, word }) => [stem, word])),
  };
}

/** Goes by term, not by pair: what two documents do not share costs nothing. */
function cosinesOf(vectors: readonly Vector[]): Cosines {
  const holders = new Map<string, { readonly at: number; readonly weight: number }[]>();
  vectors.forEach(({ weights }, at) => {
    for (const [stem, weight] of weights) {
      const known = holders.get(stem);
      if (known) known.push({ at, weight });
      else holders.set(stem, [{ at, weight }]);
    }
  });
  const sums = new Float64Array(vectors.length ** 2);
  for (const sharing of holders.values()) {
    sharing.forEach((a, at) => {
      for (let next = at + 1; next < sharing.length; next += 1) {
        const b = sharing[next] ?? a;
        const pair = a.at * vectors.length + b.at;
        sums[pair] = (sums[pair] ?? 0) + a.weight * b.weight;
      }
    });
  }
  return (a, b) => Math.min(1, sums[Math.min(a, b) * vectors.length + Math.max(a, b)] ?? 0);
}

function closenessOf(vectors: readonly Vector[], cosines: Cosines): readonly Closeness[] {
  const close: Closeness[] = [];
  vectors.forEach((a, at) => {
    vectors.slice(at + 1).forEach((b, after) => {
      const cosine = cosines(at, at + 1 + after);
      if (cosine > 0) close.push({ a, b, cosine });
    });
  });
  const names = ({ a, b }: Closeness): string => `${a.id} ${b.id}`;
  return close.sort((p, q) => q.cosine - p.cosine || (names(p) < names(q) ? -1 : 1));
}

function sharedOf(a: Vector, b: Vector): readonly string[] {
  return [...a.weights]
    .map(([stem, weight]) => ({ stem, part: weight * (b.weights.get(stem) ?? 0) }))
    .filter(({ part }) => part > 0)
    .sort((p, q) => q.part - p.part || (p.stem < q.stem ? -1 : 1))
    .slice(0, SHARED_SHOWN)
    .map(({ stem }) => a.words.get(stem) ?? stem);
}

/** Single linkage: one close pair is enough to join two groups. */
function clustersOf(close: readonly Closeness[]): readonly (readonly string[])[] {
  const groups = new Map<string, Set<string>>();
  for (const { a, b, cosine } of close) {
    if (cosine < CLUSTER_COSINE_MIN) break;
    if (groups.has(a.id) && groups.get(a.id) === groups.get(b.id)) continue;
    const near = (id: string): Iterable<string> => groups.get(id) ?? [id];
    const joined = new Set([...near(a.id), ...near(b.id)]);
    for (const id of joined) groups.set(id, joined);
  }
  return [...new Set(groups.values())]
    .map((group) => [...group].sort())
    .sort((p, q) => q.length - p.length || (String(p[0]) < String(q[0]) ? -1 : 1));
}

interface Compared {
  readonly vectors: readonly Vector[];
  readonly cosines: Cosines;
  readonly close: readonly Closeness[];
  readonly clusters: readonly (readonly string[])[];
}

/** All documents, or those of the closest pairs when there are too many to show. */
function gridOf({ vectors, cosines, close, clusters }: Compared): SimilarityGrid {
  const byCloseness = new Set([...close.flatMap(({ a, b }) => [a, b]), ...vectors]);
  const chosen = [...byCloseness].slice(0, GRID_MAX);
  const clusterOf = new Map(clusters.flatMap((ids, at) => ids.map((id) => [id, at] as const)));
  const rank = ({ id }: Vector): number => clusterOf.get(id) ?? clusters.length;
  chosen.sort((a, b) => rank(a) - rank(b) || (a.id < b.id ? -1 : 1));
  const places = chosen.map((vector) => vectors.indexOf(vector));
  return {
    ids: chosen.map(({ id }) => id),
    cosines: places.map((a) => places.map((b) => (a === b ? 1 : rounded(cosines(a, b))))),
  };
}

const rounded = (cosine: number): number => Math.round(cosine * 1000) / 1000;
