import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { isRoot } from "../unprivileged.ts";

const OPTIONS = ["-qq", "-o", "DPkg::Lock::Timeout=300"];

/**
 * Installs a Debian package and says so. Answers why not, or `undefined` when it is there.
 *
 * Where systemd runs, the package would also start a server for good: that is left to the user.
 */
export async function installByApt(name: string): Promise<string | undefined> {
  const byHand = `install ${name}`;
  if (!isRoot()) return `${byHand} (not root, so not done here)`;
  if (!existsSync("/usr/bin/apt-get")) return `${byHand} (no apt-get here)`;
  if (existsSync("/run/systemd/system")) return `${byHand} (here it would start a service)`;
  process.stderr.write(`services: apt-get install ${name}\n`);
  const install = ["install", "-y", "--no-install-recommends", name];
  if ((await aptGet(install)) === undefined) return undefined;
  await aptGet(["update"]);
  return aptGet(install);
}

async function aptGet(args: readonly string[]): Promise<string | undefined> {
  const child = spawn("apt-get", [...OPTIONS, ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (text: Buffer) => {
    said += text;
  });
  const [code] = await once(child, "exit");
  return code === 0 ? undefined : `apt-get ${args.join(" ")} failed: ${said.slice(-500)}`;
}
