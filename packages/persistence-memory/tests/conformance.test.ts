import { persistenceConformance } from "@pawl/conformance";
import { describe, expect, it } from "vitest";
import { createMemoryPersistence } from "../src/index.ts";
import { memorySubject } from "./memory-subject.ts";

persistenceConformance({ describe, it, expect }, memorySubject(createMemoryPersistence, true));
