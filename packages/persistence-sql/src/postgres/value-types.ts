import type { CustomTypesConfig } from "pg";

const INT8 = 20;
const BOOL = 16;
const JSON_TYPE = 114;

/** Numbers up to 2^53, booleans and JSON; everything else is text. */
export const TYPES: CustomTypesConfig = {
  getTypeParser: (oid: number) => (value: string) => {
    if (oid === INT8) return Number(value);
    if (oid === BOOL) return value === "t";
    return oid === JSON_TYPE ? JSON.parse(value) : value;
  },
};
