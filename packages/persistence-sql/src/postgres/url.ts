import { EngineError } from "@pawl/kernel";
import { readServerUrl } from "../server-url.ts";

const EXAMPLE = "postgres://user:password@host:5432/database";

/**
 * The schema that `?schema=` of a URL names, as Prisma writes it; the driver reads no such thing.
 *
 * @throws EngineError E_ARGUMENT_INVALID for what names no server
 */
export function schemaOfUrl(text: string): string | undefined {
  if (!/^postgres(ql)?:\/\//.test(text)) {
    throw invalid(`url names no PostgreSQL server: give one like "${EXAMPLE}"`);
  }
  return readServerUrl(text, EXAMPLE).searchParams.get("schema") ?? undefined;
}

interface Placed {
  readonly url?: string | undefined;
  readonly schema?: string | undefined;
}

/**
 * The schema of the tables: what the program says or the URL, which must not differ.
 *
 * @throws EngineError E_ARGUMENT_INVALID
 */
export function schemaOf({ url, schema }: Placed): string {
  const stated = url === undefined ? undefined : schemaOfUrl(url);
  if (stated !== undefined && schema !== undefined && stated !== schema) {
    throw invalid(
      `schema is "${schema}", and the url says ?schema=${stated}: give one of them, or the same`,
    );
  }
  return schema ?? stated ?? "public";
}

const invalid = (message: string): EngineError =>
  new EngineError("E_ARGUMENT_INVALID", message, { details: { option: "url" } });
