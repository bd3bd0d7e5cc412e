import { readFileSync } from "node:fs";

const text = readFileSync(process.argv[2], "utf8");
const report = text ? JSON.parse(text) : { success: false, testResults: [] };
const count = (key) => report[key] ?? 0;

const brokenFiles = report.testResults.filter(
  ({ status, assertionResults }) =>
    status === "failed" && !assertionResults.some((one) => one.status === "failed"),
);
const passed = count("numPassedTests");
const failed = count("numFailedTests") + brokenFiles.length;
const skipped = count("numPendingTests") + count("numTodoTests");

for (const { name } of brokenFiles) console.error(`did not run: ${name}`);
console.log(`${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ""}`);
process.exitCode = report.success && failed === 0 && passed > 0 ? 0 : 1;
