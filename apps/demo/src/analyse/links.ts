import { type DocumentRef, formatOf } from "../collect/document.ts";
import { systemCodeOf } from "../collect/errors.ts";
import { type Files, NODE_FILES } from "../collect/files.ts";
import { readDocument } from "../collect/read-document.ts";
import { isInside, shownPath } from "../collect/root.ts";
import type { FoundLink } from "./document-structure.ts";
import { type LinkKind, linkTargetOf, locationOf } from "./link-target.ts";
import { extractStructure } from "./structure.ts";

export type LinkState = "ok" | "missingFile" | "missingAnchor" | "unchecked";

export interface CheckedLink extends FoundLink {
  readonly kind: LinkKind;
  readonly state: LinkState;
  /** What an internal link leads to, relative to the root; empty for other kinds. */
  readonly leadsTo: string;
}

export interface HostCount {
  readonly host: string;
  readonly count: number;
}

export interface LinkReport {
  readonly links: readonly CheckedLink[];
  readonly counts: Readonly<Record<LinkKind, number>>;
  readonly broken: number;
  /** Hosts of external links, most frequent first. */
  readonly hosts: readonly HostCount[];
}

export interface LinkCheck {
  readonly document: DocumentRef;
  readonly root: string;
  readonly links: readonly FoundLink[];
  /** Of the document itself. */
  readonly anchors: readonly string[];
}

interface Checking extends LinkCheck {
  readonly files: Files;
  readonly found: Map<string, Promise<Found>>;
}

/** What stands at a path. `anchors` is undefined when a fragment can't be checked there. */
interface Found {
  readonly exists: boolean;
  readonly anchors?: readonly string[];
}

/**
 * Checks links against the file system. Web addresses are counted and never asked. A file
 * outside the root is only looked for: what it holds is nobody's business here.
 */
export async function checkLinks(check: LinkCheck, files: Files = NODE_FILES): Promise<LinkReport> {
  const checking: Checking = { ...check, files, found: new Map() };
  const links: CheckedLink[] = [];
  for (const link of check.links) links.push(await checkLink(checking, link));
  const counts = { external: 0, internal: 0, anchor: 0, mail: 0, other: 0 };
  for (const { kind } of links) counts[kind] += 1;
  return { links, counts, broken: links.filter(isBroken).length, hosts: hostsOf(check.links) };
}

export const isBroken = ({ state }: CheckedLink): boolean =>
  state === "missingFile" || state === "missingAnchor";

async function checkLink(checking: Checking, link: FoundLink): Promise<CheckedLink> {
  const { kind, path, fragment } = linkTargetOf(link.target);
  if (kind === "anchor") {
    const { format } = checking.document;
    const reached = holds({ anchors: checking.anchors, fragment, format });
    return { ...link, kind, state: reached ? "ok" : "missingAnchor", leadsTo: "" };
  }
  if (kind !== "internal") return { ...link, kind, state: "unchecked", leadsTo: "" };
  const location = locationOf(path, { location: checking.document.location, root: checking.root });
  const leadsTo = shownPath(checking.root, location);
  const found = await findOnce(checking, location);
  return { ...link, kind, state: stateOf(found, location, fragment), leadsTo };
}

function stateOf(found: Found, location: string, fragment: string): LinkState {
  if (!found.exists) return "missingFile";
  if (fragment === "") return "ok";
  if (!found.anchors) return "unchecked";
  const reached = holds({ anchors: found.anchors, fragment, format: formatOf(location) });
  return reached ? "ok" : "missingAnchor";
}

interface Reach {
  readonly anchors: readonly string[];
  readonly fragment: string;
  readonly format: string | undefined;
}

/** `#` and `#top` are the top of every page (HTML, 7.4.6.4); GitHub ignores the case. */
function holds({ anchors, fragment, format }: Reach): boolean {
  if (fragment === "" || fragment.startsWith(":~:") || fragment.toLowerCase() === "top")
    return true;
  if (anchors.includes(fragment)) return true;
  const lower = fragment.toLowerCase();
  return format === "markdown" && anchors.some((anchor) => anchor.toLowerCase() === lower);
}

function findOnce(checking: Checking, location: string): Promise<Found> {
  const known = checking.found.get(location);
  if (known) return known;
  const found = find(checking, location);
  checking.found.set(location, found);
  return found;
}

async function find({ files, root, document }: Checking, location: string): Promise<Found> {
  try {
    const stats = await files.stat(location);
    const format = formatOf(location);
    if (!stats.isFile() || !format || format === "text" || !isInside(root, location)) {
      return { exists: true };
    }
    const reading = await readDocument({ ...document, location, format }, files);
    if (!reading.read) return { exists: true };
    return { exists: true, anchors: extractStructure(format, reading.source.text).anchors };
  } catch (error) {
    if (systemCodeOf(error) === undefined) throw error;
    return { exists: false };
  }
}

function hostsOf(links: readonly FoundLink[]): readonly HostCount[] {
  const counts = new Map<string, number>();
  for (const { target } of links) {
    const { host } = linkTargetOf(target);
    if (host !== "") counts.set(host, (counts.get(host) ?? 0) + 1);
  }
  return [...counts]
    .map(([host, count]) => ({ host, count }))
    .sort((a, b) => b.count - a.count || (a.host < b.host ? -1 : 1));
}
