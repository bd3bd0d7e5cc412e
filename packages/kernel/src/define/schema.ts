import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { ErrorCode } from "../errors/codes.ts";
import { EngineError } from "../errors/engine-error.ts";

/** Any Standard Schema (https://standardschema.dev): zod, valibot, arktype and others. */
export type Schema<In = unknown, Out = In> = StandardSchemaV1<In, Out>;
export type SchemaInput<S extends Schema> = StandardSchemaV1.InferInput<S>;
export type SchemaOutput<S extends Schema> = StandardSchemaV1.InferOutput<S>;

export interface Validation {
  readonly code: Extract<
    ErrorCode,
    "E_INPUT_INVALID" | "E_OUTPUT_INVALID" | "E_CONFIG_INVALID" | "E_ARGUMENT_INVALID"
  >;
  /** What is validated, for the message: `Input of workflow "order"`. */
  readonly subject: string;
}

/** Parses with the schema, so that defaults and transforms apply. No schema accepts anything. */
export async function validate<T>(
  schema: Schema<unknown, T> | undefined,
  value: unknown,
  { code, subject }: Validation,
): Promise<T> {
  if (!schema) return value as T;
  const result = await schema["~standard"].validate(value);
  if (!result.issues) return result.value;
  const issues = result.issues.map((issue) => ({
    path: (issue.path ?? []).map(segment).join("."),
    message: issue.message,
  }));
  const shown = issues.slice(0, 5).map((i) => (i.path ? `${i.path}: ${i.message}` : i.message));
  throw new EngineError(code, `${subject} is not valid: ${shown.join("; ")}.`, {
    details: { issues },
  });
}

const segment = (part: PropertyKey | StandardSchemaV1.PathSegment): string =>
  String(typeof part === "object" ? part.key : part);
