import type { Rule } from "../rule.ts";

const COMMANDS = "packages/kernel/src/commands/";
const DECISIONS = "packages/kernel/src/decide/";

/** Files of commands/ that carry out no verb of their own, or decide nothing. */
const WITHOUT_DECISION = new Set([
  "beat-worker",
  "bind-starts",
  "claim-job",
  "commit-creation",
  "conditions",
  "control-run",
  "create-many-runs",
  "dead-letters",
  "find-workflow",
  "last-seq",
  "maintain",
  "purge-evidence",
  "refused-start",
  "register-definitions",
  "register-worker",
  "release-worker",
  "run-config",
  "run-handlers",
  "run-output",
  "start-options",
  "waiting-suspects",
  "worker-handlers",
]);

/** Every verb has its pure decision in the file of the same name. */
export const commandPairs: Rule = (tree) => {
  const paths = new Set(tree.map((file) => file.path));
  return [...paths]
    .filter((path) => path.startsWith(COMMANDS))
    .filter((path) => !WITHOUT_DECISION.has(path.slice(COMMANDS.length).replace(/\.ts$/, "")))
    .filter((path) => !paths.has(path.replace(COMMANDS, DECISIONS)))
    .map((path) => ({ path, says: `no ${path.replace(COMMANDS, DECISIONS)} decides it` }));
};
