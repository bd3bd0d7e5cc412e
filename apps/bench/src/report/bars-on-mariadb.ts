import { FLAT_BARS } from "./flat-bars.ts";
import type { WantedBar } from "./wanted-bar.ts";

/** What holds on every server; no figure of MariaDB itself is bounded. */
export const MARIADB_BARS: readonly WantedBar[] = FLAT_BARS;
