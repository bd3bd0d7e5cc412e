/** Providers as Prisma and the folders of `prisma/` name them. */
export const PROVIDERS = ["sqlite", "postgresql", "mysql"] as const;

export type Provider = (typeof PROVIDERS)[number];
