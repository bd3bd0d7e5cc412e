export { type ClientClass, type ClientOf, prismaClient } from "./prisma-client.ts";
export { PROVIDERS, type Provider } from "./provider.ts";
