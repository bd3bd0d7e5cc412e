import { existsSync, readFileSync } from "node:fs";
import { join, normalize } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";
import { nodesOf, syntaxOf } from "../src/syntax.ts";
import { REPOSITORY } from "../src/tree.ts";

const PAGE = "docs/CAPABILITIES.md";
const page = readFileSync(join(REPOSITORY, PAGE), "utf8");
const [shown = "", notShown = ""] = page.split(/^## Not shown yet$/m);

interface Claim {
  readonly row: string;
  /** Paths from the root of the repository. */
  readonly proofs: readonly string[];
}

const cellsOf = (line: string): readonly string[] =>
  line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim());

const linesOfTables = (text: string): readonly (readonly string[])[] =>
  text
    .split("\n")
    .filter((line) => /^\| (\d|[A-Z]\d)/.test(line))
    .map(cellsOf);

const claims: readonly Claim[] = linesOfTables(shown).map(([row = "", , links = ""]) => ({
  row,
  proofs: [...links.matchAll(/\]\(([^)]+)\)/g)].map(([, path = ""]) =>
    normalize(join("docs", path)),
  ),
}));

const RUNNERS = new Set(["it", "test", "describe", "describeOn", "prove"]);

/** `describe` of `describe.each([…])("…")`. */
function rootOf(node: ts.Expression): string {
  if (ts.isCallExpression(node) || ts.isPropertyAccessExpression(node)) {
    return rootOf(node.expression);
  }
  return ts.isIdentifier(node) ? node.text : "";
}

/** Texts of an argument, those of bodies left out. */
function textsOf(node: ts.Node): readonly string[] {
  if (ts.isFunctionLike(node)) return [];
  if (ts.isStringLiteralLike(node)) return [node.text];
  if (ts.isTemplateExpression(node)) return [node.getText()];
  const texts: string[] = [];
  ts.forEachChild(node, (child) => void texts.push(...textsOf(child)));
  return texts;
}

const known = new Map<string, ReadonlySet<string>>();

/** Rows that the titles of a file's tests name: `[27]`, `[27, 28]`. */
function rowsNamedIn(path: string): ReadonlySet<string> {
  const read = known.get(path);
  if (read) return read;
  const text = readFileSync(join(REPOSITORY, path), "utf8");
  const nodes = [...nodesOf(syntaxOf({ path, text }))];
  const named = nodes
    .filter(ts.isCallExpression)
    .filter((call) => RUNNERS.has(rootOf(call.expression)))
    .flatMap((call) => call.arguments.map((argument) => tableNamedBy(argument, nodes)))
    .flatMap(textsOf)
    .flatMap((title) => [...title.matchAll(/\[([A-Z\d][^\]]*)\]/g)])
    .flatMap(([, rows = ""]) => rows.split(", "));
  const rows = new Set(named);
  known.set(path, rows);
  return rows;
}

/** The table of cases behind a name; anything else is itself. */
function tableNamedBy(argument: ts.Node, nodes: readonly ts.Node[]): ts.Node {
  if (!ts.isIdentifier(argument)) return argument;
  const named = nodes
    .filter(ts.isVariableDeclaration)
    .find((other) => other.name.getText() === argument.text);
  return named?.initializer ?? argument;
}

test("every row stands once, in order, with a test", () => {
  const rows = claims.map(({ row }) => row);
  expect(rows.length).toBeGreaterThan(80);
  expect(new Set(rows).size).toBe(rows.length);
  const numbers = rows.filter((row) => /^\d+$/.test(row)).map(Number);
  expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  expect(claims.filter(({ proofs }) => proofs.length === 0)).toEqual([]);
});

test.each(claims)("row $row leads to tests that name it", ({ row, proofs }) => {
  const missing = proofs.filter((path) => !existsSync(join(REPOSITORY, path)));
  expect(missing).toEqual([]);
  expect(proofs.filter((path) => !rowsNamedIn(path).has(row))).toEqual([]);
});

test("what is not shown yet says why", () => {
  const rows = linesOfTables(notShown);
  expect(rows.length).toBeGreaterThan(0);
  for (const [row, what, why] of rows) {
    expect({ row, what: what !== "", why: why !== "" }).toEqual({ row, what: true, why: true });
  }
});
