export async function prismaClient(provider: "sqlite" | "postgresql" | "mysql"): Promise<any> {
  const place = new URL(`../generated/${provider}/client/client.ts`, import.meta.url);
  return (await import(place.href)).PrismaClient;
}
