import { encodeValue } from "./codec.ts";

/** Text of a value that does not depend on the order of object keys: for hashes. */
export function canonicalText(value: unknown): string {
  return JSON.stringify(sorted(JSON.parse(encodeValue(value))));
}

function sorted(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(sorted);
  if (typeof json !== "object" || json === null) return json;
  const { $: tag, v } = json as { readonly $?: unknown; readonly v?: unknown };
  const own = tag === "object";
  const pairs = own ? (v as [string, unknown][]) : Object.entries(json);
  const entries = pairs.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { [own ? "$" : ""]: entries.map(([key, item]) => [key, sorted(item)]) };
}
