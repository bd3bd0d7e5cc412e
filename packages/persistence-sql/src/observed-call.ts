/** What one call cost: statements but BEGIN, SAVEPOINT and COMMIT, and transactions that wrote. */
export interface ObservedCall {
  readonly method: string;
  readonly statements: number;
  readonly commits: number;
}
