import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AnyWorkflow, Pawl, PawlOptions } from "../src/index.ts";
import { pawl } from "../src/index.ts";

/** Apps on a folder of their own, until `remove`. */
export interface Apps {
  readonly directory: string;
  open(workflows: readonly AnyWorkflow[], options?: Partial<PawlOptions>): Promise<Pawl>;
  remove(): Promise<void>;
}

export async function temporaryApps(): Promise<Apps> {
  const directory = await mkdtemp(join(tmpdir(), "pawl-app-"));
  const apps: Pawl[] = [];
  return {
    directory,
    open: async (workflows, options) => {
      const given = { directory, environment: {}, synchronous: "NORMAL", ...options } as const;
      const app = await pawl({ workflows, ...given });
      apps.push(app);
      return app;
    },
    remove: async () => {
      await Promise.all(apps.map((app) => app.stop()));
      await rm(directory, { recursive: true, force: true });
    },
  };
}
