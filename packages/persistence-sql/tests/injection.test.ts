import { injectionCases } from "./injection-cases.ts";
import { temporaryStore } from "./temporary-store.ts";

injectionCases(temporaryStore);
