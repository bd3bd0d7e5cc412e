import type { StoreName, Synchronous } from "../engines/engine.ts";
import type { Spread } from "../statistics/spread.ts";
import { awaitedBars } from "./bars.ts";
import { groupBy } from "./group-by.ts";
import { shownNumber, shownSpread } from "./numbers.ts";
import { pairsOf } from "./pairs.ts";
import type { Bar, Figure, Results } from "./results.ts";
import type { Table } from "./table.ts";

const ABSENT = "–";

/** The bounds that Pawl has to keep, with what was found. */
export const barTable = ({ store, bars }: Results): Table => ({
  head: ["bar", durabilityOf(store), "wanted", "found", "kept"],
  rows: bars.map(({ title, synchronous, bound, wanted, unit, found, passed }) => [
    title,
    synchronous,
    boundOf({ bound, wanted, unit }),
    `${shownSpread(found)} ${unit}`,
    `${passed ? "yes" : "NO"}${isSteady(bound, wanted, found) ? "" : ", not always"}`,
  ]),
});

/** Bounds that nothing was measured for. */
export const awaitedTable = (results: Results): Table => ({
  head: ["bar", "wanted"],
  rows: awaitedBars(results).map((bar) => [bar.title, boundOf(bar)]),
});

const boundOf = ({ bound, wanted, unit }: Pick<Bar, "bound" | "wanted" | "unit">): string =>
  `${bound === "at least" ? "≥" : "≤"} ${wanted} ${unit}`;

/** What a store calls the promise that a commit survives. */
export const durabilityOf = (store: StoreName): string => DURABILITY[store];

const DURABILITY: { readonly [store in StoreName]: string } = {
  sqlite: "synchronous",
  postgres: "synchronous_commit",
  mariadb: "innodb_flush_log_at_trx_commit",
  transports: "synchronous_commit",
};

/** Whether all repetitions say the same of a bound. */
const isSteady = (bound: Bar["bound"], wanted: number, { min, max }: Spread): boolean =>
  bound === "at least" ? min >= wanted || max < wanted : max <= wanted || min > wanted;

/** Every figure at one durability, a column per engine, and one for each two that are compared. */
export function figureTable(results: Results, synchronous: Synchronous): Table {
  const { engines } = results;
  const figures = results.figures.filter((figure) => figure.synchronous === synchronous);
  const rows = [...groupBy(figures, ({ workload, id }) => `${workload} ${id}`).values()];
  const pairs = pairsOf(engines);
  return {
    head: [
      "figure",
      "unit",
      ...engines.map(({ title }) => title),
      ...pairs.map(({ one, other }) => `${one.title} is … × ${other.title}`),
    ],
    rows: rows.map((row) => [
      row[0]?.title ?? "",
      row[0]?.unit ?? "",
      ...engines.map(({ name }) => shown(row.find(({ engine }) => engine === name))),
      ...pairs.map(({ one, other }) => {
        const ratio = results.ratios.find(
          (each) =>
            each.workload === row[0]?.workload &&
            each.id === row[0]?.id &&
            each.synchronous === synchronous &&
            each.of === one.name &&
            each.to === other.name,
        );
        return ratio ? shownNumber(ratio.median) : ABSENT;
      }),
    ]),
  };
}

const shown = (figure: Figure | undefined): string => (figure ? shownSpread(figure) : ABSENT);
