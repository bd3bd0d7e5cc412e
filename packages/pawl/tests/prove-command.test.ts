import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { parseOptions } from "./prove/options.ts";
import { until } from "./prove/until.ts";

const words = (line: string): readonly string[] => line.split(" ").filter((word) => word !== "");

it("tells every range with figures of its own, into a file out of sight", () => {
  expect(parseOptions([])).toEqual({
    kind: "run",
    options: {
      database: "sqlite",
      queue: "sql",
      ranges: ["kills", "zombies", "blocked", "database", "disk"],
      workers: 6,
      runs: 1_000,
      kills: 60,
      restarts: 0,
      queueCrashes: 0,
      parts: 1,
      deathNotice: true,
      seed: 1,
      zombies: 50,
      results: ".sim/prove-processes.jsonl",
    },
  });
});

it("tells the ranges that are named, in their usual order", () => {
  const line =
    "-- --only blocked,kills --database postgres --workers 3 --runs 50 --kills 5 --restarts 2" +
    " --parts 4 --no-death-notice --seed 9 --zombies 7 --results a/b.jsonl";
  expect(parseOptions(words(line))).toEqual({
    kind: "run",
    options: {
      database: "postgres",
      queue: "sql",
      ranges: ["kills", "blocked"],
      workers: 3,
      runs: 50,
      kills: 5,
      restarts: 2,
      queueCrashes: 0,
      parts: 4,
      deathNotice: false,
      seed: 9,
      zombies: 7,
      results: "a/b.jsonl",
    },
  });
});

it("tells the range of kills with a queue that crashes", () => {
  const line = "--only kills --database postgres --queue redis --queue-crashes 3";
  expect(parseOptions(words(line))).toMatchObject({
    options: { ranges: ["kills"], queue: "redis", queueCrashes: 3 },
  });
});

it.each([
  ["--only kills,x", /--only takes kills, zombies, blocked, database, disk, not "x"/],
  ["--only=", /not ""/],
  ["--kills 0", /--kills takes a whole number from 1 to 1000000, not "0"/],
  ["--kills 1.5", /not "1.5"/],
  ["--database oracle", /--database takes sqlite, postgres, mariadb, not "oracle"/],
  ["--restarts 1", /--restarts needs a server/],
  ["--queue kafka", /--queue takes sql, redis, sqs, not "kafka"/],
  ["--only kills --queue-crashes 1", /--queue-crashes needs a server/],
  ["--queue redis", /--queue redis is for one range: --only kills/],
  ["--seed x", /--seed takes a whole number from 1 to 4294967295, not "x"/],
  ["--zombies -1", /--zombies/],
  ["--zombies", /--zombies/],
  ["--results=", /--results takes the name of a file/],
  ["--hosts 2", /--hosts/],
  ["kills", /kills/],
])("refuses %j, saying what there is", (line, says) => {
  const parsed = parseOptions(words(line));
  expect(parsed).toMatchObject({ kind: "invalid", message: expect.stringMatching(says) });
  expect(parsed).toHaveProperty("message", expect.stringContaining("--help"));
});

it("explains itself", () => {
  const parsed = parseOptions(["--help"]);
  expect(parsed.kind).toBe("help");
  for (const part of [
    "--only",
    "zombies",
    "--queue",
    "--kills",
    "--restarts",
    "--seed",
    "--results",
  ]) {
    expect(parsed).toHaveProperty("text", expect.stringContaining(part));
  }
});

const PROGRAM = fileURLToPath(new URL("prove/main.ts", import.meta.url));

it("interrupted, it ends its workers and removes its folders", async () => {
  const folder = mkdtempSync(join(tmpdir(), "pawl-interrupted-"));
  const temporary = join(folder, "tmp");
  mkdirSync(temporary);
  const args = ["--conditions=source", PROGRAM, "--only", "kills", "--results", "found.jsonl"];
  const child = spawn(process.execPath, args, {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, TMPDIR: temporary, INIT_CWD: folder },
  });
  try {
    let said = "";
    child.stderr.on("data", (data: Buffer) => {
      said += data;
    });
    const left = (): readonly string[] =>
      readdirSync(temporary).filter((name) => name !== "pawl-compiled");
    const ended = once(child, "close");
    await until("a story is told", 60_000, () =>
      left().some((name) => existsSync(join(temporary, name, "effects"))),
    );
    child.kill("SIGTERM");
    expect(await ended).toEqual([130, null]);
    expect(said).toBe("Interrupted; nothing is left behind.\n");
    expect(left()).toEqual([]);
  } finally {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
}, 90_000);
