import { readFileSync } from "node:fs";

/** Style of the HTML report. Colours are named once for light and once for dark. */
export const PAGE_STYLE: string = ["page.css", "charts.css", "sections.css"]
  .map((name) => readFileSync(new URL(name, import.meta.url), "utf8"))
  .join("");
