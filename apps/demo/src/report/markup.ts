/** HTML that is safe to put into a page. Only `html` and `markupFromTrusted` make it. */
export class Markup {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }
}

export type MarkupValue = Markup | readonly Markup[] | string | number | undefined;

/**
 * Template of HTML: every value that is not markup already is escaped, so no text of a document
 * can become an element or leave its attribute. Attributes must be quoted.
 */
export function html(parts: TemplateStringsArray, ...values: readonly MarkupValue[]): Markup {
  let source = parts[0] ?? "";
  values.forEach((value, at) => {
    source += sourceOf(value) + (parts[at + 1] ?? "");
  });
  return new Markup(source);
}

function sourceOf(value: MarkupValue): string {
  if (value === undefined) return "";
  if (value instanceof Markup) return value.source;
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return escaped(value);
  return value.map(({ source }) => source).join("");
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
  "`": "&#96;",
};

/**
 * Controls other than tab and line breaks, halves of letters, and marks that turn the direction of
 * writing so that a text reads as another.
 */
export const UNSHOWABLE: RegExp = /[^\P{Cc}\t\n\r]|\p{Cs}|[\u202A-\u202E\u2066-\u2069]/gu;

/** Text as HTML that shows it; what can't or must not be shown becomes U+FFFD. */
function escaped(text: string): string {
  return text
    .replace(UNSHOWABLE, "\uFFFD")
    .replace(/[&<>"'`]/g, (letter) => ENTITIES[letter] ?? "");
}

/** For text of ours that is markup already, such as a style sheet. Never for a document's text. */
export const markupFromTrusted = (source: string): Markup => new Markup(source);
