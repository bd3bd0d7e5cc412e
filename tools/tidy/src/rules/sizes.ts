import ts from "typescript";
import { isCode, linesOf, type Rule } from "../rule.ts";
import { syntaxOf } from "../syntax.ts";
import type { Tree } from "../tree.ts";

interface Stop {
  readonly where: RegExp;
  readonly lines: number;
}

/** The first that matches a path holds. */
const STOPS: readonly Stop[] = [
  { where: /^(packages|apps|tools)\/[^/]+\/tests\//, lines: 600 },
  { where: /^packages\/[^/]+\/src\/index\.ts$/, lines: 80 },
  { where: /^packages\/kernel\/src\/(state|decide|ports)\//, lines: 250 },
  { where: /^packages\/kernel\/src\/commands\//, lines: 100 },
  { where: /./, lines: 400 },
];
const COLUMNS = 100;
const IMPORTS = 10;

/** Files, lines and lists of imports stop where a reader loses the thread. */
export const sizes: Rule = (tree) => {
  const sized = tree.filter(({ path }) => isCode(path) && !/(^|\/)generated\//.test(path));
  return [...longFiles(sized), ...wideLines(sized), ...manyImports(sized)];
};

const longFiles: Rule = (tree) =>
  tree.flatMap((file) => {
    const count = linesOf(file).length;
    const stop = STOPS.find(({ where }) => where.test(file.path))?.lines ?? 0;
    return count > stop
      ? [{ path: file.path, says: `${count} lines; files here stop at ${stop}` }]
      : [];
  });

const wideLines: Rule = (tree) =>
  tree.flatMap((file) =>
    linesOf(file)
      .map((text, at) => ({ path: file.path, line: at + 1, width: text.length }))
      .filter(({ width }) => width > COLUMNS)
      .map(({ width, ...where }) => ({ ...where, says: `${width} columns; stop at ${COLUMNS}` })),
  );

const manyImports: Rule = (tree: Tree) =>
  tree
    .map((file) => ({ path: file.path, count: importsOf(syntaxOf(file)) }))
    .filter(({ count }) => count > IMPORTS)
    .map(({ path, count }) => ({ path, says: `${count} imports; files stop at ${IMPORTS}` }));

/** Imports of values: types tie files together far less, and small files have many. */
const importsOf = (source: ts.SourceFile): number =>
  source.statements.filter(ts.isImportDeclaration).filter(bringsValues).length;

function bringsValues({ importClause }: ts.ImportDeclaration): boolean {
  if (!importClause) return true;
  if (importClause.isTypeOnly) return false;
  const { namedBindings } = importClause;
  if (importClause.name || !namedBindings || !ts.isNamedImports(namedBindings)) return true;
  return namedBindings.elements.some((element) => !element.isTypeOnly);
}
