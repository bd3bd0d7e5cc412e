import { generateClients } from "./generate-clients.ts";
import { PROVIDERS } from "./provider.ts";
import { writeSchema } from "./render-schema.ts";

const [what] = process.argv.slice(2);
if (what === "schemas") {
  for (const provider of PROVIDERS) writeSchema(provider);
} else if (what === "clients") {
  await generateClients();
} else {
  process.stderr.write(
    "schemas: writes prisma/*/schema.prisma; clients: makes those of our tests\n",
  );
  process.exitCode = 2;
}
