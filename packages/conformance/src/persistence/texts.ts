/** What breaks quoting, patterns, placeholders, collations and objects used as maps. */
export const HOSTILE_TEXT = `/'"\`%_\\$1 ?:x;--{}[]\n\t√é👩‍🚀 ہ`;

/** Ids that users give: each must name its own row and no other. */
export const HOSTILE_IDS: readonly string[] = [
  "__proto__",
  "constructor",
  "a/b",
  "a'b",
  'a"b',
  "a%b",
  "a_b",
  "a\\b",
  "a b",
  "ab",
  "AB",
  "aB",
  "ab ",
  "áb",
  "a\u0301b",
  "👩‍🚀",
  "?1",
  "$1",
  ":id",
  "-- ",
  "null",
  "0",
  "00",
];

const ESCAPED = `\0 \ud800 \udfff ${HOSTILE_TEXT}`;

/** JSON escapes what text columns of some databases can't hold: NUL and lone surrogates. */
export const HOSTILE_PAYLOAD: string = `i${JSON.stringify(ESCAPED)}`;

export const hostileJson = (): unknown =>
  JSON.parse(
    `{"__proto__":"own","constructor":1,"text":${JSON.stringify(HOSTILE_TEXT)},` +
      `"control":"\\u0000\\ud800","list":[1,-0.5,1e300,null,true,[],{}],"":{"":null}}`,
  );

export const letters = (length: number): string => "pawl".repeat(length / 4);
