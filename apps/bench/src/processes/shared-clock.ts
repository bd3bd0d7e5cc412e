/** Milliseconds since some instant that is the same for all processes of a machine. */
export const sharedNowMs = (): number => Number(process.hrtime.bigint()) / 1e6;
