/**
 * The text that a list of names is stored as, as a pattern of both PostgreSQL and JavaScript: what
 * has this form is read by the server without an error, which would end the whole statement.
 */
const NAME = String.raw`"([^"\\\u0001-\u001f]|\\["\\/bfnrt]|\\u00(0[1-9a-f]|1[0-9a-f]))*"`;
const NAMES = String.raw`^\[(|${NAME}(,${NAME})*)\]$`;

const PATTERN = new RegExp(NAMES, "u");

export const isNamesText = (value: unknown): boolean =>
  typeof value === "string" && PATTERN.test(value);

/** The list of a column as JSON; an empty one for a text of another form. */
export const namesJson = (column: string): string =>
  `CASE WHEN ${column} <> '[]' AND ${column} ~ '${NAMES}' THEN ${column}::json` +
  " ELSE '[]'::json END";
