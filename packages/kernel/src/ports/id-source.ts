/** Where identity and chance come from. */
export interface IdSource {
  /** A ULID: 26 characters, sortable by creation. */
  newId(): string;
  /** In [0, 1). */
  random(): number;
}
