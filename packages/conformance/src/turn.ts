/** One macrotask: whatever was ready to go on has gone on when it resolves. */
export const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
