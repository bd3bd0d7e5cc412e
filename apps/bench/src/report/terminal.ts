import { SYNCHRONOUS } from "../workloads/by-name.ts";
import type { Results } from "./results.ts";
import { plainTable } from "./table.ts";
import { barTable, durabilityOf, figureTable } from "./tables.ts";

const RATIO =
  '"Pawl is … ×": median of the ratios of single repetitions, turned round where less is\n' +
  "better, so that more than 1 means that Pawl, or the one named first, is better.";

/** What a run of the benchmark says when it is over. */
export function terminalReport(results: Results): string {
  const parts = SYNCHRONOUS[results.store]
    .filter((synchronous) => results.figures.some((each) => each.synchronous === synchronous))
    .map((synchronous) => {
      const table = plainTable(figureTable(results, synchronous));
      const durability = `${durabilityOf(results.store)}=${synchronous}`;
      return `${durability}: median (min–max) of ${results.repetitions}\n\n${table}\n`;
    });
  if (results.ratios.length > 0) parts.push(`${RATIO}\n`);
  if (results.bars.length > 0) parts.push(`${plainTable(barTable(results))}\n`);
  for (const { workload, engine, synchronous, message } of results.lost) {
    parts.push(`lost: ${workload} ${engine} ${synchronous}: ${message}\n`);
  }
  if (results.quick) parts.push("Quick: these figures mean nothing.\n");
  return parts.join("\n");
}
