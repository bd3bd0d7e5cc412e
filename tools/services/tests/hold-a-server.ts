import { privatePostgres } from "../src/index.ts";

const server = await privatePostgres();
process.send?.(server);
process.on("message", () => {});
