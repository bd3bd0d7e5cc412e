import GithubSlugger from "github-slugger";
import type { Definition, Nodes, Parents, Root } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { frontmatterFromMarkdown } from "mdast-util-frontmatter";
import { gfmFromMarkdown } from "mdast-util-gfm";
import { frontmatter } from "micromark-extension-frontmatter";
import { gfm } from "micromark-extension-gfm";
import type { DocumentStructure } from "./document-structure.ts";
import {
  addCode,
  addHeading,
  addPassage,
  type Gathered,
  nothingGathered,
  squeezed,
  structureFrom,
} from "./gathered.ts";
import { gatherHtml } from "./html-structure.ts";

/** GitHub's dialect, with its way of making anchors of headings. */
export function markdownStructure(text: string): DocumentStructure {
  const tree = fromMarkdown(text, {
    extensions: [gfm(), frontmatter()],
    mdastExtensions: [gfmFromMarkdown(), frontmatterFromMarkdown()],
  });
  const gathered = nothingGathered();
  const slugger = new GithubSlugger();
  const definitions = definitionsOf(tree);
  for (const { node, inList } of nodesOf(tree)) {
    gatherBlock(gathered, node, inList);
    gatherLink(gathered, node, definitions);
    if (node.type === "heading") {
      const shown = squeezed(textOf(node));
      const anchor = slugger.slug(shown);
      addHeading(gathered, { depth: node.depth, text: shown, anchor, line: lineOf(node) });
    }
  }
  return structureFrom(gathered);
}

interface Found {
  readonly node: Nodes;
  readonly inList: boolean;
}

/** In the order of the text. No recursion: documents may be nested without limit. */
function* nodesOf(root: Nodes): Generator<Found> {
  const stack: Found[] = [{ node: root, inList: false }];
  for (let found = stack.pop(); found; found = stack.pop()) {
    yield found;
    const inList = found.inList || found.node.type === "listItem";
    const children = "children" in found.node ? (found.node as Parents).children : [];
    for (let at = children.length - 1; at >= 0; at -= 1) {
      const node = children[at];
      if (node) stack.push({ node, inList });
    }
  }
}

const COUNTED = {
  table: "tables",
  list: "lists",
  listItem: "listItems",
  blockquote: "quotes",
  image: "images",
  imageReference: "images",
} as const;

function gatherBlock(gathered: Gathered, node: Nodes, inList: boolean): void {
  if (Object.hasOwn(COUNTED, node.type)) {
    gathered.counts[COUNTED[node.type as keyof typeof COUNTED]] += 1;
  }
  switch (node.type) {
    case "heading":
      addPassage(gathered, "heading", textOf(node));
      break;
    case "paragraph":
      addPassage(gathered, inList ? "item" : "paragraph", textOf(node));
      break;
    case "tableCell":
      addPassage(gathered, "cell", textOf(node));
      break;
    case "code":
      addCode(gathered, node.value);
      break;
    case "html":
      gatherHtml(gathered, node.value, lineOf(node));
      break;
    case "yaml":
      gathered.title ||= squeezed(/^title:\s*["']?(.+?)["']?\s*$/m.exec(node.value)?.[1] ?? "");
  }
}

function gatherLink(
  gathered: Gathered,
  node: Nodes,
  definitions: ReadonlyMap<string, Definition>,
): void {
  const image = node.type === "image" || node.type === "imageReference";
  const text = "alt" in node ? (node.alt ?? "") : squeezed(textOf(node));
  if (node.type === "link" || node.type === "image") {
    gathered.links.push({ target: node.url, text, line: lineOf(node), image });
  } else if (node.type === "linkReference" || node.type === "imageReference") {
    const target = definitions.get(node.identifier)?.url;
    if (target !== undefined) gathered.links.push({ target, text, line: lineOf(node), image });
  }
}

/** Of two definitions of one name the first holds. */
function definitionsOf(tree: Root): ReadonlyMap<string, Definition> {
  const definitions = new Map<string, Definition>();
  for (const { node } of nodesOf(tree)) {
    if (node.type !== "definition" || definitions.has(node.identifier)) continue;
    definitions.set(node.identifier, node);
  }
  return definitions;
}

function textOf(parent: Nodes): string {
  let text = "";
  for (const { node } of nodesOf(parent)) {
    if (node.type === "text" || node.type === "inlineCode") text += node.value;
    else if (node.type === "break") text += " ";
    else if (node.type === "image" || node.type === "imageReference") text += node.alt ?? "";
  }
  return text;
}

const lineOf = (node: Nodes): number => node.position?.start.line ?? 1;
