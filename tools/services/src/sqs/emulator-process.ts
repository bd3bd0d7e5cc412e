import { startFauxqs } from "fauxqs";

const [port, dataDir] = process.argv.slice(2);

await startFauxqs({ port: Number(port), logger: false, ...(dataDir ? { dataDir } : {}) });
