import type { Engine } from "../engine.ts";
import { pawlOn } from "../pawl-on-server.ts";
import { bareMariadbEngine } from "./bare-mariadb.ts";

/** In the order in which tables show them. No engine of the others keeps its runs in MariaDB. */
export const ALL_ON_MARIADB: readonly Engine[] = [pawlOn("mariadb"), bareMariadbEngine];
