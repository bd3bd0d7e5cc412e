import type { Heading } from "./document-structure.ts";

export type FlatHeading = Omit<Heading, "children">;

interface Branch extends FlatHeading {
  readonly children: Branch[];
}

/** Puts each heading below the nearest one before it that has a higher rank. */
export function outlineOf(headings: readonly FlatHeading[]): readonly Heading[] {
  const top: Branch[] = [];
  const open: Branch[] = [];
  for (const heading of headings) {
    const branch: Branch = { ...heading, children: [] };
    while ((open.at(-1)?.depth ?? 0) >= heading.depth) open.pop();
    (open.at(-1)?.children ?? top).push(branch);
    open.push(branch);
  }
  return top;
}

/** The first heading of the highest rank that has text. */
export function titleOf(headings: readonly FlatHeading[]): string {
  const named = headings.filter((heading) => heading.text !== "");
  const highest = named.reduce((depth, heading) => Math.min(depth, heading.depth), 7);
  return named.find((heading) => heading.depth === highest)?.text ?? "";
}
