/** A heartbeat of a thread that does as its configuration says. */
import { writeFileSync } from "node:fs";
import type { OpenHeartbeat } from "@pawl/kernel/ports";

interface Told {
  readonly does: "renew" | "fail" | "die" | "refuseToOpen";
  /** Written when it is closed. */
  readonly closedFile?: string;
}

export const openHeartbeat: OpenHeartbeat = async (config) => {
  const { does, closedFile } = config as Told;
  if (does === "refuseToOpen") throw new Error("there is no such database");
  return {
    beat: async (_session, { ttlMs }) => {
      if (does === "die") process.exit(3);
      if (does === "fail") throw new Error("out of reach");
      const dbNow = Date.now();
      return { alive: true, draining: false, owned: [], expiresAt: dbNow + ttlMs, dbNow };
    },
    onLost: () => {},
    close: async () => {
      if (closedFile) writeFileSync(closedFile, "closed");
    },
  };
};
