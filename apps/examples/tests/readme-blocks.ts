import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const EXAMPLES = fileURLToPath(new URL("..", import.meta.url));

export const exampleFile = (path: string): string => readFileSync(`${EXAMPLES}${path}`, "utf8");

/** Commands of a README that a reader can follow without Docker or an account. */
export interface Block {
  readonly commands: string;
  /** What it prints according to the README; undefined where that says nothing of it. */
  readonly printed: string | undefined;
}

const NOT_EXECUTED = "(not executed by our tests";
/** A paragraph, its `sh` block, and the `text` block behind it if there is one. */
const BLOCKS = new RegExp(
  "(?<before>[^\\n]*(?:\\n[^\\n]+)*)\\n\\n```sh\\n(?<commands>.*?)```" +
    "(?:\\n\\n```text\\n(?<printed>.*?)```)?",
  "gs",
);

/** The blocks of an example's README, apart by whether they are executed. */
export function blocksOf(example: string): {
  readonly executed: readonly Block[];
  readonly others: readonly string[];
} {
  const readme = exampleFile(`${example}/README.md`);
  const all = [...readme.matchAll(BLOCKS)].map(({ groups = {} }) => ({
    commands: groups.commands ?? "",
    printed: groups.printed,
    isExecuted: !(groups.before ?? "").replaceAll("\n", " ").includes(NOT_EXECUTED),
  }));
  return {
    executed: all.filter(({ isExecuted }) => isExecuted),
    others: all.filter(({ isExecuted }) => !isExecuted).map(({ commands }) => commands),
  };
}
