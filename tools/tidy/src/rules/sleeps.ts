import { forbidLines, isTest } from "../rule.ts";

/** A test waits for what it wants to see, or moves a manual clock. */
export const sleeps = forbidLines(
  isTest,
  /\bsetTimeout\(\s*(?:r|res|resolve|done)\b|\bsleep\(\s*\d|["']node:timers\/promises["']/,
  (found) => `${found}: tests do not sleep; use the manual clock or await the condition`,
);
