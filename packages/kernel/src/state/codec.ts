import { EngineError } from "../errors/engine-error.ts";
import { base64Decode, base64Encode } from "./base64.ts";

/**
 * Text of a value: JSON, with everything that JSON would lose under a tag `{"$": kind, "v": …}`.
 * Kept: undefined, bigint, NaN, ±Infinity, −0, Date, Map, Set, Uint8Array, array holes become
 * undefined, objects with a key `$`. Refused with the path of the fault: functions, symbols,
 * class instances, cycles, more than `DEPTH_MAX` levels or `NODES_MAX` values (an object that is
 * referred to twice is written twice). Never a silent change; a Buffer comes back as Uint8Array.
 *
 * @throws EngineError E_NOT_ENCODABLE
 */
export function encodeValue(value: unknown, subject = "A value"): string {
  return JSON.stringify(toJson(value, { subject, path: "$", seen: [], size: { nodes: 0 } }));
}

/**
 * Inverse of `encodeValue`. Tags outside the list above are refused; nothing is ever revived as a
 * function or class, and `__proto__` is a plain key.
 *
 * @throws EngineError E_ROW_CORRUPT when the text is not of this codec
 */
export function decodeValue(text: string): unknown {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw corrupt(`it is not JSON (${text.length} characters)`, cause);
  }
  return fromJson(json, 0);
}

export const DEPTH_MAX = 256;
const NODES_MAX = 2_000_000;

interface Place {
  /** Whose value it is, for the message. */
  readonly subject: string;
  readonly path: string;
  readonly seen: object[];
  readonly size: { nodes: number };
}

function toJson(value: unknown, place: Place): unknown {
  place.size.nodes += 1;
  if (place.size.nodes > NODES_MAX) throw notEncodable(`more than ${NODES_MAX} values`, place);
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      return encodeNumber(value);
    case "undefined":
      return { $: "undefined" };
    case "bigint":
      return { $: "bigint", v: value.toString() };
    case "object":
      return value === null ? null : nested(value, place);
    default:
      throw notEncodable(`a ${typeof value}`, place);
  }
}

function encodeNumber(value: number): unknown {
  if (Number.isFinite(value) && !Object.is(value, -0)) return value;
  return { $: "number", v: Object.is(value, -0) ? "-0" : String(value) };
}

function nested(value: object, place: Place): unknown {
  if (place.seen.includes(value)) throw notEncodable("a cycle", place);
  if (place.seen.length >= DEPTH_MAX) {
    throw notEncodable(`more than ${DEPTH_MAX} levels of nesting`, place);
  }
  place.seen.push(value);
  const json = encodeObject(value, place);
  place.seen.pop();
  return json;
}

function encodeObject(value: object, place: Place): unknown {
  const at = (part: string): Place => ({ ...place, path: place.path + part });
  switch (kindOf(value, place)) {
    case "Array":
      return Array.from(value as unknown[], (item, i) => toJson(item, at(`[${i}]`)));
    case "Date":
      return { $: "date", v: encodeNumber(Date.prototype.getTime.call(value)) };
    case "Uint8Array":
      return { $: "bytes", v: base64Encode(value as Uint8Array) };
    case "Map": {
      const pairs = [...(value as Map<unknown, unknown>)];
      return {
        $: "map",
        v: pairs.map(([k, v], i) => [toJson(k, at(`.key(${i})`)), toJson(v, at(`.get(${i})`))]),
      };
    }
    case "Set": {
      const items = [...(value as Set<unknown>)];
      return { $: "set", v: items.map((v, i) => toJson(v, at(`.item(${i})`))) };
    }
    default:
      return encodePlain(value as Record<string, unknown>, at);
  }
}

type Kind = "Array" | "Date" | "Map" | "Set" | "Uint8Array" | "Object";

/** By structure, not by identity, so that values of another realm are known too. */
function kindOf(value: object, place: Place): Kind {
  if (Object.getOwnPropertySymbols(value).length > 0) throw notEncodable("a symbol key", place);
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  if (tag === "Uint8Array") return tag;
  const prototype: object | null = Object.getPrototypeOf(value);
  const base = prototype && Object.getPrototypeOf(prototype);
  if (base === null && tag === "Object") return tag;
  const name = prototype?.constructor?.name || "a class";
  const builtIn = base !== null && Object.getPrototypeOf(base) === null && name === tag;
  if (builtIn && tag === "Array") return checkedArray(value as unknown[], place);
  if (builtIn && (tag === "Date" || tag === "Map" || tag === "Set")) return tag;
  throw notEncodable(`an instance of ${name}`, place);
}

function checkedArray(value: readonly unknown[], place: Place): Kind {
  const last = Object.keys(value).at(-1);
  if (last === undefined || /^\d+$/.test(last)) return "Array";
  throw notEncodable(`an array with a property ${JSON.stringify(last)}`, place);
}

/**
 * As pairs where a key would have to be escaped: `JSON.parse` of Node 24 (V8 13.6) now and then
 * reads such a key of one character as a backslash.
 */
function encodePlain(value: Record<string, unknown>, at: (part: string) => Place): unknown {
  const plain: Record<string, unknown> = Object.create(null);
  let asPairs = false;
  for (const key of Object.keys(value)) {
    plain[key] = toJson(value[key], at(`.${key}`));
    asPairs ||= key === "$" || ESCAPED.test(key);
  }
  return asPairs ? { $: "object", v: Object.entries(plain) } : plain;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what JSON escapes
const ESCAPED = /[\u0000-\u001f"\\\ud800-\udfff]/;

function fromJson(json: unknown, depth: number): unknown {
  if (typeof json !== "object" || json === null) return json;
  if (depth > DEPTH_MAX * 2) throw corrupt("it is nested too deeply");
  if (Array.isArray(json)) return json.map((item) => fromJson(item, depth + 1));
  if (Object.hasOwn(json, "$")) return untag(json as Tagged, depth + 1);
  return fromEntries(Object.entries(json), depth);
}

interface Tagged {
  readonly $: unknown;
  readonly v?: unknown;
}

function untag({ $: tag, v }: Tagged, depth: number): unknown {
  switch (tag) {
    case "undefined":
      return undefined;
    case "number":
      return decodeNumber(v);
    case "bigint":
      if (typeof v === "string" && /^-?\d+$/.test(v)) return BigInt(v);
      break;
    case "date": {
      const time = fromJson(v, depth);
      if (typeof time === "number") return new Date(time);
      break;
    }
    case "bytes": {
      const bytes = typeof v === "string" ? base64Decode(v) : undefined;
      if (bytes) return bytes;
      break;
    }
    case "map":
      if (isPairs(v)) return new Map(v.map(([k, i]) => [fromJson(k, depth), fromJson(i, depth)]));
      break;
    case "set":
      if (Array.isArray(v)) return new Set(v.map((item) => fromJson(item, depth)));
      break;
    case "object":
      if (isPairs(v) && v.every(([key]) => typeof key === "string")) return fromEntries(v, depth);
      break;
  }
  throw corrupt(`tag ${JSON.stringify(tag)} is unknown or its value has the wrong shape`);
}

function decodeNumber(v: unknown): number {
  const known: Record<string, number> = { "-0": -0, NaN, Infinity, "-Infinity": -Infinity };
  const value = typeof v === "string" && Object.hasOwn(known, v) ? known[v] : undefined;
  if (value === undefined) throw corrupt(`number ${JSON.stringify(v)} is none`);
  return value;
}

function fromEntries(entries: readonly (readonly unknown[])[], depth: number): object {
  const plain: Record<string, unknown> = {};
  for (const [key, item] of entries) {
    Object.defineProperty(plain, String(key), {
      value: fromJson(item, depth + 1),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return plain;
}

const isPairs = (v: unknown): v is [unknown, unknown][] =>
  Array.isArray(v) && v.every((pair) => Array.isArray(pair) && pair.length === 2);

const notEncodable = (what: string, { subject, path }: Place): EngineError =>
  new EngineError(
    "E_NOT_ENCODABLE",
    `${subject} can't be stored: at ${path} it is ${what}. Return plain data: numbers, strings, ` +
      "booleans, null, undefined, bigint, arrays, plain objects, Date, Map, Set, Uint8Array.",
    { details: { path, what } },
  );

const corrupt = (what: string, cause?: unknown): EngineError =>
  new EngineError("E_ROW_CORRUPT", `A stored payload can't be read: ${what}.`, { cause });
