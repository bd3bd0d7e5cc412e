/** What differs between databases in the text of a statement; everything else is shared. */
export interface Dialect {
  readonly name: "sqlite";
  quote(identifier: string): string;
  /** Turns the `?` of a finished text into the placeholders of the driver. */
  placeholders(text: string): string;
  /** Rows of one JSON parameter, an array of strings and numbers, as a column named `value`. */
  listOf(alias: string): string;
  /** Rows of one JSON parameter, an array of arrays, as a source named `alias`. */
  tuplesOf(alias: string): string;
  /** Element `index` of the tuple that `alias` stands at. */
  tupleAt(alias: string, index: number): string;
  /** True where the JSON object in `column` has the string member that two parameters name. */
  hasMember(column: string): string;
  /** Names the index that a read must use: it fails to compile when the index cannot serve it. */
  using(index: string): string;
}
