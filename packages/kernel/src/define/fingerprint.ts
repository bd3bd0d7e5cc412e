import { sha256 } from "@noble/hashes/sha2.js";
import { utf8Encode } from "../state/utf8.ts";
import type { Graph } from "./graph.ts";

/**
 * Hash of what binds a live run: stage ids, edges, joins. Independent of the order in which
 * independent stages were written, and of options, schemas and code.
 */
export function structureHash(graph: Graph): string {
  const shape = [...graph.nodes.values()]
    .map((node) => [
      node.id,
      [...node.after].sort(),
      node.join,
      node.when !== undefined,
      ...(node.gathers && node.after.length === 1 ? ["gathers"] : []),
    ])
    .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
  return digestText(JSON.stringify(shape)).slice(0, 16);
}

/** Hash of retries, timeouts and policies: recorded and shown, never compared. */
export function optionsHash(graph: Graph): string {
  const options = [...graph.nodes.values()]
    .map(({ id, onFailure, stage }) => {
      const { retryOn: _on, abortOn: _not, ...retry } = stage.retryPolicy;
      return [id, onFailure, retry, stage.timeoutMs, stage.startTimeoutMs, stage.queue];
    })
    .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
  return digestText(JSON.stringify(options)).slice(0, 16);
}

/** Lower-case hex SHA-256 of a text's UTF-8. */
export function digestText(text: string): string {
  return Array.from(sha256(utf8Encode(text)), (b) => b.toString(16).padStart(2, "0")).join("");
}

/** Delimiter-safe: `@`, `#` and `%` inside id or version are escaped. */
export const definitionKey = (id: string, version: string, hash: string): string =>
  `${encodeURIComponent(id)}@${encodeURIComponent(version)}#${hash}`;

/** The id that such a key begins with. */
export const workflowIdOf = (definition: string): string =>
  decodeURIComponent(definition.slice(0, definition.indexOf("@")));
