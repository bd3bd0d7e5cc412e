import schemaWasm from "@prisma/prisma-schema-wasm";
import { baseText } from "../src/base-text.ts";

interface Field {
  readonly name: string;
  readonly dbName?: string;
  readonly type: string;
  readonly isRequired: boolean;
  readonly nativeType: readonly [string, readonly string[]] | null;
}

interface Index {
  readonly model: string;
  readonly type: "id" | "normal" | "unique";
  readonly dbName?: string;
  readonly fields: readonly { readonly name: string }[];
}

interface Model {
  readonly name: string;
  readonly dbName: string;
  readonly fields: readonly Field[];
}

interface Datamodel {
  readonly models: readonly Model[];
  readonly indexes: readonly Index[];
}

const TYPES: Readonly<Record<string, string>> = { BigInt: "bigint", Boolean: "tinyint(1)" };
const INDEXES = { id: "unique PRIMARY", unique: "unique", normal: "index" } as const;

/** What a Prisma schema says of MySQL, in the words of a database's catalog. */
export function schemaCatalog(models: string): readonly string[] {
  const prismaSchema = [["schema.prisma", `${baseText("mysql")}\n${models}`]];
  const { datamodel } = JSON.parse(schemaWasm.get_dmmf(JSON.stringify({ prismaSchema }))) as {
    datamodel: Datamodel;
  };
  const columns = datamodel.models.flatMap(({ dbName, fields }) =>
    fields.map((field) => `${dbName}.${columnOf(field)} ${typeOf(field)} default none`),
  );
  return [...columns, ...datamodel.indexes.map((index) => indexLine(datamodel, index))].sort();
}

function typeOf({ type, nativeType, isRequired }: Field): string {
  const [word, [length] = []] = nativeType ?? [TYPES[type] ?? type];
  const name = word.toLowerCase();
  return `${length === undefined ? name : `${name}(${length})`}${isRequired ? " NOT NULL" : ""}`;
}

function indexLine({ models }: Datamodel, { model, type, dbName, fields }: Index): string {
  const table = models.find(({ name }) => name === model);
  const parts = fields.map(({ name }) => {
    const field = table?.fields.find((one) => one.name === name);
    return field ? columnOf(field) : snake(name);
  });
  const named = dbName === undefined ? "" : ` ${dbName}`;
  return `${table?.dbName} ${INDEXES[type]}${named} (${parts.join(",")})`;
}

const columnOf = ({ name, dbName }: Field): string => dbName ?? name;

/** Of fields that the client leaves out. */
const snake = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
