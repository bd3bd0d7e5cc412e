import { linesOf, type Rule, type Violation } from "../rule.ts";

const PORTS = /^packages\/kernel\/src\/ports\/[^/]+\.ts$/;
const SUITES = /^packages\/conformance\/src\/.*\.ts$/;
const COMMENT = /^\s*(?:\/\*\*|\*|\/\/)/;
const CLAUSE = /\b[A-Z]{2,}(?:-[A-Z]+)*-\d+\b/g;
const STANDARDS = /^(?:UTF|SHA|ISO|RFC|AES|MD|BASE|IEEE|ES)-/;

/** Every numbered clause of a port has a conformance case that names it. */
export const portClauses: Rule = (tree) => {
  const suites = tree.filter((file) => SUITES.test(file.path));
  const proven = new Set(suites.flatMap((file) => file.text.match(CLAUSE) ?? []));
  const seen = new Set<string>();
  return tree
    .filter((file) => PORTS.test(file.path))
    .flatMap((file) =>
      linesOf(file).flatMap((text, at): Violation[] =>
        clausesOf(text)
          .filter((clause) => !proven.has(clause) && !seen.has(clause) && seen.add(clause))
          .map((clause) => ({
            path: file.path,
            line: at + 1,
            says: `${clause} has no case in packages/conformance/src`,
          })),
      ),
    );
};

const clausesOf = (line: string): readonly string[] =>
  COMMENT.test(line) ? (line.match(CLAUSE) ?? []).filter((id) => !STANDARDS.test(id)) : [];
