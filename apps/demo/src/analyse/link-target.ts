import { dirname, resolve } from "node:path";

export type LinkKind = "external" | "internal" | "anchor" | "mail" | "other";

/** What a link says, taken apart. Nothing is looked up. */
export interface LinkTarget {
  readonly kind: LinkKind;
  /** Path part of an internal link, decoded. */
  readonly path: string;
  /** Decoded, without `#`; empty when the link has none. */
  readonly fragment: string;
  /** Host of an external link. */
  readonly host: string;
}

const NOWHERE = { path: "", fragment: "", host: "" };

export function linkTargetOf(target: string): LinkTarget {
  if (/^(?:https?:)?\/\//i.test(target)) return externalOf(target);
  if (/^(?:mailto|tel|sms):/i.test(target)) return { ...NOWHERE, kind: "mail" };
  if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return { ...NOWHERE, kind: "other" };
  const hash = target.indexOf("#");
  const before = hash < 0 ? target : target.slice(0, hash);
  const fragment = hash < 0 ? "" : decoded(target.slice(hash + 1));
  const path = decoded(before.replace(/\?.*$/s, ""));
  return { ...NOWHERE, kind: path === "" ? "anchor" : "internal", path, fragment };
}

function externalOf(target: string): LinkTarget {
  const absolute = target.startsWith("//") ? `https:${target}` : target;
  const host = URL.canParse(absolute) ? new URL(absolute).host : "";
  return { ...NOWHERE, kind: "external", host };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Where an internal link leads; a leading slash means the collection's root. */
export function locationOf(path: string, from: { location: string; root: string }): string {
  return path.startsWith("/")
    ? resolve(from.root, `.${path}`)
    : resolve(dirname(from.location), path);
}
