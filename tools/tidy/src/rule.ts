import type { Tree, TreeFile } from "./tree.ts";

export interface Violation {
  readonly path: string;
  /** From 1; absent when the whole file is meant. */
  readonly line?: number;
  readonly says: string;
}

export type Rule = (tree: Tree) => readonly Violation[];

/** A rule that forbids a pattern, line by line, in the files it looks at. */
export function forbidLines(
  looksAt: (path: string) => boolean,
  pattern: RegExp,
  says: string | ((found: string) => string),
): Rule {
  return (tree) =>
    tree
      .filter((file) => looksAt(file.path))
      .flatMap((file) =>
        linesOf(file).flatMap((text, at) => {
          const found = pattern.exec(text)?.[0];
          if (found === undefined) return [];
          const message = typeof says === "string" ? says : says(found);
          return [{ path: file.path, line: at + 1, says: message }];
        }),
      );
}

export function linesOf(file: TreeFile): readonly string[] {
  return file.text.replace(/\n$/, "").split("\n");
}

export const isCode = (path: string): boolean => /\.[cm]?[jt]sx?$/.test(path);

export const isTest = (path: string): boolean => /^[^/]+\/[^/]+\/tests\//.test(path);
