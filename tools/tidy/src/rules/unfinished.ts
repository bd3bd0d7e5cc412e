import { forbidLines, isTest, linesOf, type Rule } from "../rule.ts";

const notes = forbidLines(
  (path) => !path.endsWith(".yaml"),
  /\b(?:FIXM[E]|TOD[O]|XX[X])\b/,
  (found) => `${found}: finish it or open an issue`,
);

const focused = forbidLines(
  isTest,
  /\b(?:describe|it|test|suite|bench)\.only\b/,
  (found) => `${found}: the others no longer run`,
);

/** A skipped test says why in a comment `// because …` on its line or the line before. */
const skipped: Rule = (tree) =>
  tree
    .filter((file) => isTest(file.path))
    .flatMap((file) => {
      const lines = linesOf(file);
      return lines.flatMap((text, at) => {
        const found = /\.(?:todo|skip|skipIf|runIf)\(/.exec(text)?.[0];
        if (!found || /\/\/ because \w/.test(`${lines[at - 1] ?? ""}\n${text}`)) return [];
        return [{ path: file.path, line: at + 1, says: `${found}…) without "// because …"` }];
      });
    });

/** Nothing half done is left lying about. */
export const unfinished: Rule = (tree) => [...notes(tree), ...focused(tree), ...skipped(tree)];
