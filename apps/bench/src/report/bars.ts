import type { StoreName, Synchronous } from "../engines/engine.ts";
import { type Spread, spreadOf } from "../statistics/spread.ts";
import { SYNCHRONOUS } from "../workloads/by-name.ts";
import { MARIADB_BARS } from "./bars-on-mariadb.ts";
import { POSTGRES_BARS } from "./bars-on-postgres.ts";
import { SQLITE_BARS } from "./bars-on-sqlite.ts";
import type { Bar, Figure } from "./results.ts";
import type { WantedBar } from "./wanted-bar.ts";

interface Measured {
  readonly store: StoreName;
  readonly figures: readonly Figure[];
}

const WANTED: { readonly [store in StoreName]: readonly WantedBar[] } = {
  sqlite: SQLITE_BARS,
  postgres: POSTGRES_BARS,
  mariadb: MARIADB_BARS,
  transports: [],
};

/** What Pawl has to keep, and whether the medians keep it. */
export const barsOf = (measured: Measured): readonly Bar[] =>
  WANTED[measured.store].flatMap((wanted) =>
    SYNCHRONOUS[measured.store].flatMap((synchronous) => {
      const found = foundOf(wanted, measured.figures, synchronous);
      return found ? [barOf(wanted, synchronous, found)] : [];
    }),
  );

/** What Pawl will have to keep as soon as somebody measures it. */
export const awaitedBars = ({ store, figures }: Measured): readonly WantedBar[] =>
  WANTED[store].filter((wanted) =>
    SYNCHRONOUS[store].every((synchronous) => !foundOf(wanted, figures, synchronous)),
  );

function barOf(bar: WantedBar, synchronous: Synchronous, found: Spread): Bar {
  const { title, unit, bound, wanted } = bar;
  const { median, min, max } = found;
  const passed = bound === "at least" ? median >= wanted : median <= wanted;
  return { title, unit, bound, wanted, synchronous, found: { median, min, max }, passed };
}

function foundOf(
  { workload, id, beside }: WantedBar,
  figures: readonly Figure[],
  synchronous: Synchronous,
): Spread | undefined {
  const all = figures.filter(
    (each) => each.workload === workload && each.id === id && each.synchronous === synchronous,
  );
  const own = all.find(({ engine }) => engine === "pawl");
  if (!own || !beside) return own;
  const others = all.filter(({ engine }) => beside.includes(engine));
  const shares = own.samples.flatMap((mine, i) => {
    const best = bestOf(
      others.flatMap(({ samples }) => samples[i] ?? []),
      own.better,
    );
    const share = mine / best;
    return Number.isFinite(share) && share > 0 ? [share] : [];
  });
  return shares.length > 0 ? spreadOf(shares) : undefined;
}

const bestOf = (values: readonly number[], better: Figure["better"]): number =>
  better === "more" ? Math.max(...values) : Math.min(...values);
