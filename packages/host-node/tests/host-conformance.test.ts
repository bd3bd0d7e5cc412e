import { hostConformance } from "@pawl/conformance";
import { describe, expect, it } from "vitest";
import { memoryHost } from "./memory-host.ts";

hostConformance({ describe, it, expect }, { name: "Node in memory", create: memoryHost });
