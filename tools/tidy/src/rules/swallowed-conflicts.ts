import { forbidLines } from "../rule.ts";

/** An insert that hides its conflict also hides a false guard. */
export const swallowedConflicts = forbidLines(
  (path) => /\.(sql|[cm]?[jt]sx?|prisma)$/.test(path),
  /INSERT\s+(?:OR\s+)?IGNORE\b/i,
  (found) => `"${found}": guard the row, or name the conflict target`,
);
