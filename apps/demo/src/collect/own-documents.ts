import { join } from "node:path";
import { systemCodeOf } from "./errors.ts";
import { type Files, NODE_FILES } from "./files.ts";

const AT_TOP = ["README.md", "AGENTS.md", "CONTRIBUTING.md", "docs"];
const WORKSPACES = ["packages", "apps"];

/** What the demo reads when no path is named: the docs and READMEs of a repository like ours. */
export async function ownDocuments(
  repository: string,
  files: Files = NODE_FILES,
): Promise<readonly string[]> {
  const members = await Promise.all(
    WORKSPACES.map(async (folder) => {
      const names = await namesIn(files, join(repository, folder));
      return names.map((name) => `${folder}/${name}/README.md`);
    }),
  );
  const candidates = [...AT_TOP, ...members.flat()];
  const exist = await Promise.all(candidates.map((path) => exists(files, join(repository, path))));
  return candidates.filter((_, at) => exist[at]);
}

async function namesIn(files: Files, folder: string): Promise<readonly string[]> {
  try {
    return (await files.readdir(folder)).sort();
  } catch (error) {
    if (systemCodeOf(error) === undefined) throw error;
    return [];
  }
}

async function exists(files: Files, path: string): Promise<boolean> {
  try {
    await files.stat(path);
    return true;
  } catch (error) {
    if (systemCodeOf(error) === undefined) throw error;
    return false;
  }
}
