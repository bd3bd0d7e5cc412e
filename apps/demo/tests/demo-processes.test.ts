import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { reportFolder } from "../src/session/report-folder.ts";
import { newFolder } from "./new-folder.ts";

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const SECONDS_20 = 20_000;

const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
});

interface Said {
  readonly child: ChildProcess;
  readonly folder: string;
  /** Resolves with all that was said, once it has been said. */
  until(text: string | RegExp): Promise<string>;
  ended(): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }>;
}

/** The demo as its user starts it, standing in a folder with a few documents. */
async function demo(...args: readonly string[]): Promise<Said> {
  const texts = Array.from({ length: 12 }, (_, at): [string, string] => [
    `docs/${at}.md`,
    `# Number ${at}\n\n${"A worker takes a stage and records its steps. ".repeat(40 + at)}\n`,
  ]);
  const folder = await newFolder({ ...Object.fromEntries(texts), "docs/data.json": "{}" });
  const child = spawn(process.execPath, ["--conditions=source", MAIN, ...args], {
    cwd: folder,
    env: { ...process.env, INIT_CWD: folder, TMPDIR: folder },
  });
  started.push(child);
  let out = "";
  let err = "";
  child.stdout.on("data", (text) => {
    out += text;
    child.emit("said");
  });
  child.stderr.on("data", (text) => {
    err += text;
  });
  const closed = once(child, "close");
  return {
    child,
    folder,
    until: async (text) => {
      while (out.search(text) < 0) {
        if (child.exitCode !== null) throw new Error(`ended without ${text}: ${out}${err}`);
        await Promise.race([once(child, "said"), closed]);
      }
      return out;
    },
    ended: async () => {
      const [code] = (await closed) as [number | null];
      return { code, out, err };
    },
  };
}

const pidsIn = (out: string): readonly number[] => [
  ...new Set([...out.matchAll(/worker (\d+) joined/g)].map(([, pid]) => Number(pid))),
];

const isThere = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe("the demo", () => {
  it(
    "finishes after its worker was killed, and shows that no finished step ran twice",
    async () => {
      const { ended, folder } = await demo("docs", "--crash", "--pause", "1s");
      const { code, out, err } = await ended();
      expect({ code, err }).toEqual({ code: 0, err: "" });
      expect(out).toMatch(/worker \d+ was killed with SIGKILL, worker \d+ takes over/);
      const said = /worker (\d+) was killed at .*; worker (\d+) went on (.*) later/.exec(out);
      expect([Number(said?.[1]), Number(said?.[2])]).toEqual(pidsIn(out));
      const [killed, joined] = [
        /was killed with SIGKILL/,
        new RegExp(`worker ${said?.[2]} joined`),
      ];
      expect(out.search(killed)).toBeLessThan(out.search(joined));
      expect(out).toMatch(/no finished step ran twice: [1-9]\d* steps had been recorded/);
      expect(out).toContain("66 steps recorded, each once, each by a body that ran to its end");
      const [markdown, page] = await reportsIn(folder);
      expect(markdown).toContain(`Worker ${said?.[1]} was killed with SIGKILL`);
      expect(page).toContain("ran a second time");
    },
    SECONDS_20,
  );

  it(
    "shares the work among as many processes as it is told, and leaves only the reports",
    async () => {
      const { ended, folder } = await demo(
        "docs",
        "--workers",
        "3",
        "--pause",
        "0",
        "--out",
        "here",
      );
      const { code, out, err } = await ended();
      expect({ code, err }).toEqual({ code: 0, err: "" });
      expect(pidsIn(out)).toHaveLength(3);
      expect(pidsIn(out).filter(isThere)).toEqual([]);
      expect(out).toContain("12 documents, ");
      expect(out).toContain(join(folder, "here", "report.html"));
      const [markdown] = await reportsIn(folder, "here");
      expect(markdown).toContain("docs/11.md");
      expect((await readdir(folder)).sort()).toEqual(["docs", "here"]);
    },
    SECONDS_20,
  );

  it(
    "stops its workers when it is interrupted, and says where the state is that it keeps",
    async () => {
      const { until, child, ended } = await demo("docs", "--pause", "1h", "--keep");
      const pids = pidsIn(await until("pause  suspended"));
      child.kill("SIGINT");
      const { code, err } = await ended();
      expect(code).toBe(130);
      expect(err).toContain("Stopped");
      const kept = /State kept in (.*)/.exec(err)?.[1] ?? "";
      expect((await readFile(join(kept, "pawl.db"))).length).toBeGreaterThan(0);
      expect(pids).toHaveLength(2);
      expect(pids.filter(isThere)).toEqual([]);
    },
    SECONDS_20,
  );

  it(
    "keeps its state when told to",
    async () => {
      const { ended } = await demo("docs/1.md", "docs/data.json", "--keep", "--pause", "0");
      const { out } = await ended();
      expect(out).toContain("1 left out; the report says why");
      const kept = /state kept in (.*)/.exec(out)?.[1] ?? "";
      expect((await readFile(join(kept, "pawl.db"))).length).toBeGreaterThan(0);
    },
    SECONDS_20,
  );
});

describe("the demo refuses", () => {
  it("a path that does not exist, with its name and exit code 2", async () => {
    const { code, out, err } = await (await demo("nowhere")).ended();
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(/^"nowhere" does not exist\..*\n$/);
    expect(err).not.toContain("    at ");
  });

  it(
    "a file as folder for the reports, before the run starts",
    async () => {
      const { ended, folder } = await demo("docs", "--out", "docs/1.md");
      const { code, out, err } = await ended();
      expect({ code, out }).toEqual({ code: 2, out: "" });
      const place = join(folder, "docs", "1.md");
      expect(err).toContain(`${place} can't hold the reports: a file is in the way.`);
      await expect(reportFolder(place, "here")).rejects.toThrow("here can't hold the reports");
      expect(await reportFolder(folder, "new")).toBe(join(folder, "new"));
    },
    SECONDS_20,
  );

  it("arguments that it does not know, with exit code 2", async () => {
    const { code, err } = await (await demo("--wrong")).ended();
    expect(code).toBe(2);
    expect(err).toContain("--wrong");
  });
});

const reportsIn = (folder: string, out = "pawl-report"): Promise<string[]> =>
  Promise.all(
    ["report.md", "report.html"].map((name) => readFile(join(folder, out, name), "utf8")),
  );
