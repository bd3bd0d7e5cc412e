import { parse, parseFragment, type DefaultTreeAdapterTypes as Tree } from "parse5";
import type { DocumentStructure, Passage } from "./document-structure.ts";
import {
  addCode,
  addHeading,
  addPassage,
  type Gathered,
  nothingGathered,
  squeezed,
  structureFrom,
} from "./gathered.ts";

const UNSEEN = new Set(["script", "style", "template", "noscript", "svg", "math", "iframe"]);
const HEADING = /^h[1-6]$/;
const INLINE = new Set(
  (
    "a abbr acronym b bdi bdo big br cite code data del dfn em font i img input ins kbd label " +
    "mark q s samp small span strike strong sub sup time tt u var wbr"
  ).split(" "),
);

export function htmlStructure(text: string): DocumentStructure {
  const gathered = nothingGathered();
  walk(gathered, parse(text, { sourceCodeLocationInfo: true }), 0);
  return structureFrom(gathered);
}

/** Adds what a piece of HTML inside another document holds; its first line is `line`. */
export function gatherHtml(gathered: Gathered, html: string, line: number): void {
  walk(gathered, parseFragment(html, { sourceCodeLocationInfo: true }), line - 1);
}

interface Visit {
  readonly node: Tree.ChildNode;
  readonly leaving: boolean;
}

/** Text runs on through inline elements and ends where a block begins or ends. */
function walk(gathered: Gathered, root: Tree.ParentNode, linesBefore: number): void {
  const stack: Visit[] = [];
  pushChildren(stack, root);
  const blocks: string[] = [];
  let text = "";
  const flush = (): void => {
    addPassage(gathered, kindOf(blocks), text);
    text = "";
  };
  for (let visit = stack.pop(); visit; visit = stack.pop()) {
    const { node, leaving } = visit;
    if (node.nodeName === "#text") text += (node as Tree.TextNode).value;
    if (!("tagName" in node)) continue;
    const inline = INLINE.has(node.tagName);
    if (leaving) {
      if (inline) continue;
      flush();
      blocks.pop();
      continue;
    }
    meet(gathered, node, linesBefore);
    if (node.tagName === "br") text += " ";
    if (UNSEEN.has(node.tagName) || node.tagName === "title") continue;
    if (!inline) flush();
    if (node.tagName === "pre") {
      addCode(gathered, textOf(node));
      continue;
    }
    if (!inline) {
      blocks.push(node.tagName);
      stack.push({ node, leaving: true });
    }
    pushChildren(stack, node);
  }
  flush();
}

/** The first child comes off the stack first. */
function pushChildren(stack: Visit[], parent: Tree.ParentNode): void {
  for (let at = parent.childNodes.length - 1; at >= 0; at -= 1) {
    const node = parent.childNodes[at];
    if (node) stack.push({ node, leaving: false });
  }
}

function kindOf(blocks: readonly string[]): Passage["kind"] {
  if (blocks.some((tag) => HEADING.test(tag))) return "heading";
  if (blocks.some((tag) => tag === "td" || tag === "th")) return "cell";
  return blocks.some((tag) => tag === "li" || tag === "dd") ? "item" : "paragraph";
}

const COUNTED = {
  table: "tables",
  ul: "lists",
  ol: "lists",
  dl: "lists",
  li: "listItems",
  dd: "listItems",
  img: "images",
  blockquote: "quotes",
} as const;

function meet(gathered: Gathered, element: Tree.Element, linesBefore: number): void {
  const { tagName } = element;
  const line = linesBefore + (element.sourceCodeLocation?.startLine ?? 1);
  const attribute = (name: string): string | undefined =>
    element.attrs.find((each) => each.name === name)?.value;
  const id = attribute("id") ?? (tagName === "a" ? attribute("name") : undefined);
  if (id) gathered.anchors.add(id);
  if (tagName === "title") gathered.title ||= squeezed(textOf(element));
  if (HEADING.test(tagName)) {
    const text = squeezed(textOf(element));
    addHeading(gathered, {
      depth: Number(tagName[1]),
      text,
      anchor: id ?? idWithin(element),
      line,
    });
  }
  if (Object.hasOwn(COUNTED, tagName)) {
    gathered.counts[COUNTED[tagName as keyof typeof COUNTED]] += 1;
  }
  const image = tagName === "img";
  const target = attribute(image ? "src" : "href");
  if (target !== undefined && (image || tagName === "a" || tagName === "area")) {
    const text = image ? (attribute("alt") ?? "") : textOf(element);
    gathered.links.push({ target: target.trim(), text: squeezed(text), line, image });
  }
}

function idWithin(element: Tree.Element): string {
  for (const node of nodesBelow(element)) {
    if (!("tagName" in node)) continue;
    const found = node.attrs.find(({ name }) => name === "id" || name === "name");
    if (found) return found.value;
  }
  return "";
}

function textOf(element: Tree.Element): string {
  let text = "";
  for (const node of nodesBelow(element)) {
    if (node.nodeName === "#text") text += (node as Tree.TextNode).value;
  }
  return text;
}

function* nodesBelow(parent: Tree.ParentNode): Generator<Tree.ChildNode> {
  const stack: Visit[] = [];
  pushChildren(stack, parent);
  for (let visit = stack.pop(); visit; visit = stack.pop()) {
    yield visit.node;
    if ("childNodes" in visit.node) pushChildren(stack, visit.node);
  }
}
