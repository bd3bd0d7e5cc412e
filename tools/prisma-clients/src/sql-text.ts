/** The statements of a migration without its comments, each on one line. */
export function statementsOf(sql: string): readonly string[] {
  return sql
    .replace(/^\s*--.*$/gm, "")
    .split(";")
    .map((text) => text.replace(/\s+/g, " ").trim())
    .filter((text) => text !== "");
}

/** What stands between the first parenthesis and the one that closes it, and what follows. */
export function betweenParentheses(text: string): { inside: string; after: string } {
  const start = text.indexOf("(");
  let depth = 0;
  for (let at = start; start >= 0 && at < text.length; at += 1) {
    if (text[at] === "(") depth += 1;
    if (text[at] === ")") depth -= 1;
    if (depth === 0) return { inside: text.slice(start + 1, at), after: text.slice(at + 1) };
  }
  throw new Error(`no list in parentheses: ${text}`);
}

/** Parts of a list, whose own parentheses stay whole. */
export function splitAtCommas(text: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let part = "";
  for (const letter of text) {
    if (letter === "(") depth += 1;
    if (letter === ")") depth -= 1;
    if (letter === "," && depth === 0) {
      parts.push(part.trim());
      part = "";
    } else {
      part += letter;
    }
  }
  return [...parts, part.trim()];
}
