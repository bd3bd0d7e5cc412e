/** A connection that inserts the same rows with every call, and commits them. */
export interface Inserter {
  insert(): Promise<void>;
  close(): Promise<void>;
}

export interface InsertRate {
  readonly url: string;
  readonly clients: number;
  readonly seconds: number;
}
