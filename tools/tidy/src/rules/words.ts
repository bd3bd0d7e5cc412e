import ts from "typescript";
import { forbidLines, isCode, type Rule, type Violation } from "../rule.ts";
import { lineOf, nodesOf, syntaxOf } from "../syntax.ts";
import type { TreeFile } from "../tree.ts";

const AFTER_ITS_JOB = "name it after what it does";

/** Words our own names never contain, and what to say instead. */
const REPLACEMENTS: ReadonlyMap<string, string> = new Map([
  ["instance", "run"],
  ["flow", "workflow or run"],
  ["task", "stage or job"],
  ["activity", "stage"],
  ["exception", "error (thrown) or failure (stored)"],
  ["manager", AFTER_ITS_JOB],
  ["helper", AFTER_ITS_JOB],
  ["util", AFTER_ITS_JOB],
  ["impl", AFTER_ITS_JOB],
]);

const SYNTAX_FOLDERS = new Set(["types", "utils", "util", "common", "helpers", "interfaces"]);

const spelling = forbidLines(
  (path) => !path.endsWith(".yaml"),
  /[cC]ancel(?:ed|ing)(?![a-z])/,
  (found) => `"${found}": cancelled, cancelling`,
);

/** Names we declare, and names of files and folders, use the words of the glossary. */
export const words: Rule = (tree) => [
  ...spelling(tree),
  ...tree.flatMap((file) => wordsOfPath(file.path)),
  ...tree.filter((file) => isCode(file.path)).flatMap(wordsOfNames),
];

function wordsOfPath(path: string): readonly Violation[] {
  const segments = path.split("/");
  const folders = segments
    .slice(0, -1)
    .filter((folder) => SYNTAX_FOLDERS.has(folder))
    .map((folder) => ({ path, says: `folder "${folder}": name it after what is in it` }));
  const names = segments.flatMap((segment) => bannedIn(segment));
  return [...folders, ...names.map((says) => ({ path, says }))];
}

function wordsOfNames(file: TreeFile): readonly Violation[] {
  return [...nodesOf(syntaxOf(file))].filter(isOurName).flatMap((name) => {
    const said = [...bannedIn(name.text), ...hungarian(name)];
    return said.map((says) => ({ path: file.path, line: lineOf(name), says }));
  });
}

/** A declaration's own name. Properties of literals may belong to somebody else's interface. */
const isOurName = (node: ts.Node): node is ts.Identifier =>
  ts.isIdentifier(node) &&
  "name" in node.parent &&
  node.parent.name === node &&
  !ts.isPropertyAccessExpression(node.parent) &&
  !ts.isPropertyAssignment(node.parent) &&
  !ts.isShorthandPropertyAssignment(node.parent) &&
  !ts.isExportSpecifier(node.parent);

function bannedIn(name: string): readonly string[] {
  const parts = name.replace(/([a-z0-9])([A-Z])/g, "$1 $2").split(/[^A-Za-z0-9]+/);
  return parts.flatMap((part) => {
    const word = part.toLowerCase();
    const instead = REPLACEMENTS.get(word) ?? REPLACEMENTS.get(word.replace(/s$/, ""));
    return instead ? [`"${part}" in ${name}: ${instead}`] : [];
  });
}

const hungarian = (name: ts.Identifier): readonly string[] =>
  ts.isInterfaceDeclaration(name.parent) && /^I[A-Z][a-z]/.test(name.text)
    ? [`"I" before ${name.text}: drop it`]
    : [];
