import { ALL_RULES } from "./all-rules.ts";
import { readRepository } from "./tree.ts";

const tree = readRepository();
const complaints = Object.entries(ALL_RULES).flatMap(([name, rule]) =>
  rule(tree).map(({ path, line, says }) => `${path}${line ? `:${line}` : ""}  ${says}  (${name})`),
);

for (const complaint of complaints) console.error(complaint);
console.log(`tidy: ${tree.length} files, ${complaints.length} complaints`);
process.exitCode = complaints.length > 0 ? 1 : 0;
