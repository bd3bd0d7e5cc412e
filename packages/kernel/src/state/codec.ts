import { EngineError } from "../errors/engine-error.ts";
import { base64Decode, base64Encode } from "./base64.ts";

/**
 * Text of a value: JSON, with everything that JSON would lose under a tag `{"$": kind, "v": …}`.
 * Kept: undefined, bigint, NaN, ±Infinity, −0, Date, Map, Set, Uint8Array, array holes become
 * undefined, objects with a key `$`. Refused with the path of the fault: functions, symbols,
 * class instances, cycles, more than `DEPTH_MAX` levels. Never a silent change.
 *
 * @throws EngineError E_NOT_ENCODABLE
 */
export function encodeValue(value: unknown): string {
  const seen: object[] = [];
  return JSON.stringify(toJson(value, { path: "$", seen }));
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

interface Place {
  readonly path: string;
  readonly seen: object[];
}

function toJson(value: unknown, place: Place): unknown {
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
      throw notEncodable(`a ${typeof value}`, place.path);
  }
}

function encodeNumber(value: number): unknown {
  if (Number.isFinite(value) && !Object.is(value, -0)) return value;
  return { $: "number", v: Object.is(value, -0) ? "-0" : String(value) };
}

function nested(value: object, place: Place): unknown {
  if (place.seen.includes(value)) throw notEncodable("a cycle", place.path);
  if (place.seen.length >= DEPTH_MAX) {
    throw notEncodable(`more than ${DEPTH_MAX} levels of nesting`, place.path);
  }
  place.seen.push(value);
  const json = encodeObject(value, place);
  place.seen.pop();
  return json;
}

function encodeObject(value: object, { path, seen }: Place): unknown {
  if (Array.isArray(value)) {
    return Array.from(value, (item, i) => toJson(item, { path: `${path}[${i}]`, seen }));
  }
  switch (Object.prototype.toString.call(value)) {
    case "[object Date]":
      return { $: "date", v: encodeNumber(Number(value)) };
    case "[object Uint8Array]":
      return { $: "bytes", v: base64Encode(value as Uint8Array) };
    case "[object Map]":
      return {
        $: "map",
        v: [...(value as Map<unknown, unknown>)].map(([key, item], i) => [
          toJson(key, { path: `${path}.key(${i})`, seen }),
          toJson(item, { path: `${path}.get(${i})`, seen }),
        ]),
      };
    case "[object Set]": {
      const items = [...(value as Set<unknown>)];
      return { $: "set", v: items.map((v, i) => toJson(v, { path: `${path}.item(${i})`, seen })) };
    }
    default:
      return encodePlain(value as Record<string, unknown>, { path, seen });
  }
}

function encodePlain(value: Record<string, unknown>, { path, seen }: Place): unknown {
  const prototype: object | null = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw notEncodable(`an instance of ${prototype.constructor?.name || "a class"}`, path);
  }
  if (Object.getOwnPropertySymbols(value).length > 0) throw notEncodable("a symbol key", path);
  const plain: Record<string, unknown> = Object.create(null);
  for (const key of Object.keys(value)) {
    plain[key] = toJson(value[key], { path: `${path}.${key}`, seen });
  }
  return "$" in plain ? { $: "object", v: Object.entries(plain) } : plain;
}

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
    case "date":
      return new Date(Number(fromJson(v, depth)));
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
      if (isPairs(v)) return fromEntries(v, depth);
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

const notEncodable = (what: string, path: string): EngineError =>
  new EngineError(
    "E_NOT_ENCODABLE",
    `The value at ${path} can't be stored: it is ${what}. Return plain data: numbers, strings, ` +
      "booleans, null, undefined, bigint, arrays, plain objects, Date, Map, Set, Uint8Array.",
    { details: { path, what } },
  );

const corrupt = (what: string, cause?: unknown): EngineError =>
  new EngineError("E_ROW_CORRUPT", `A stored payload can't be read: ${what}.`, { cause });
