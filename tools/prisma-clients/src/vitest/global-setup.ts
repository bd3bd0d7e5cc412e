import { generateClients } from "../generate-clients.ts";

/** Makes the clients before the first test file, so that no file waits for another's. */
export async function setup(): Promise<void> {
  await generateClients();
}
