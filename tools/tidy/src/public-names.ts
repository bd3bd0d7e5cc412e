import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { syntaxOf } from "./syntax.ts";
import { REPOSITORY } from "./tree.ts";

/** Entry files of every package that has one, relative to the repository. */
export function entries(): readonly string[] {
  return readdirSync(join(REPOSITORY, "packages"))
    .flatMap((name) => ["", "ports/", "lambda/"].map((at) => `packages/${name}/src/${at}index.ts`))
    .filter((path) => existsSync(join(REPOSITORY, path)))
    .sort();
}

/** The names an entry exports as types, as its source spells them. */
export function typeNames(entry: string): readonly string[] {
  const source = syntaxOf({ path: entry, text: readFileSync(join(REPOSITORY, entry), "utf8") });
  return source.statements.flatMap((statement) => {
    if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement)) {
      return isExported(statement) ? [statement.name.text] : [];
    }
    if (!ts.isExportDeclaration(statement) || !statement.exportClause) return [];
    if (!ts.isNamedExports(statement.exportClause)) return [];
    return statement.exportClause.elements
      .filter((element) => statement.isTypeOnly || element.isTypeOnly)
      .map((element) => element.name.text);
  });
}

const isExported = (statement: ts.InterfaceDeclaration | ts.TypeAliasDeclaration): boolean =>
  statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false;
