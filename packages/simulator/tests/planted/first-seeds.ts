export const FIRST_SEEDS: Readonly<Record<string, number>> = {};
