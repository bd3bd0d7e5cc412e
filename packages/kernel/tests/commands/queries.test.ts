import type { Timeline } from "@pawl/kernel";
import { describe, expect, it } from "vitest";
import { Harness } from "../support/harness.ts";
import { begin, Gate, register } from "./fleet.ts";
import { echo, fan, fn, nap } from "./workflows.ts";

const tokenOf = (value: unknown): string =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64");

describe("query.getRun", () => {
  it("decodes what went in and came out", async () => {
    const h = new Harness([echo]);
    const input = { at: new Date(5), big: 7n, set: new Set([1]) };
    const id = await h.start("echo", input);
    await h.drain();
    expect(await h.kernel.query.getRun(id)).toMatchObject({
      id,
      workflowId: "echo",
      workflowVersion: "1",
      status: "completed",
      input,
      output: input,
      failure: null,
    });
  });

  it("says waiting while nothing of a running run can run", async () => {
    const h = new Harness([nap]);
    const id = await h.start("nap");
    const status = async () => (await h.kernel.query.getRun(id)).status;
    expect(await status()).toBe("running");
    await h.round();
    expect(await status()).toBe("waiting");
    await h.kernel.dispatch({ type: "run.pause", workflowRunId: id });
    expect(await status()).toBe("paused");
    await h.kernel.dispatch({ type: "run.resume", workflowRunId: id });
    await h.drain();
    expect(await status()).toBe("completed");
  });

  it.each(["nobody", "", "__proto__"])("of %j is a typed error", async (id) => {
    const h = new Harness([echo]);
    await expect(h.kernel.query.getRun(id)).rejects.toMatchObject({ code: "E_RUN_UNKNOWN" });
  });
});

describe("query.listRuns", () => {
  async function populated(): Promise<{ h: Harness; ids: string[] }> {
    const h = new Harness([echo, nap]);
    const ids: string[] = [];
    for (let i = 0; i < 10; i++) {
      const labels = { parity: i % 2 === 0 ? "even" : "odd", n: String(i) };
      ids.unshift(await h.start(i < 5 ? "echo" : "nap", i, { labels }));
      if (i % 3 === 0) await h.world.advance(1);
    }
    return { h, ids };
  }

  const idsOf = ({ runs }: { runs: readonly { id: string }[] }) => runs.map((run) => run.id);

  it("answers the newest first, and filters by status, workflow and labels [115]", async () => {
    const { h, ids } = await populated();
    const { query } = h.kernel;
    expect(idsOf(await query.listRuns())).toEqual(ids);
    const echoes = ids.slice(5);
    expect(idsOf(await query.listRuns({ workflowId: "echo" }))).toEqual(echoes);
    await h.round();
    expect(idsOf(await query.listRuns({ status: "completed" }))).toEqual(echoes);
    const both = ["completed", "running"] as const;
    expect(idsOf(await query.listRuns({ status: both }))).toEqual(ids);
    const even = await query.listRuns({ labels: { parity: "even" }, workflowId: "nap" });
    expect(idsOf(even)).toEqual([ids[1], ids[3]]);
    expect(idsOf(await query.listRuns({ labels: { parity: "even", n: "1" } }))).toEqual([]);
  });

  it("pages without doubles or gaps while runs are started between pages [115]", async () => {
    const { h, ids } = await populated();
    const seen: string[] = [];
    for (let page: string | undefined; ; ) {
      const answer = await h.kernel.query.listRuns({ limit: 3, ...(page ? { page } : {}) });
      expect(answer.runs.length).toBeLessThanOrEqual(3);
      seen.push(...idsOf(answer));
      await h.start("echo", "later");
      page = answer.nextPage;
      if (page === undefined) break;
    }
    expect(seen).toEqual(ids);
  });

  it("pages on when the row that ended a page is deleted [115]", async () => {
    const { h, ids } = await populated();
    await h.round();
    const filter = { status: "completed", limit: 2 } as const;
    const first = await h.kernel.query.listRuns(filter);
    await h.kernel.dispatch({ type: "run.delete", workflowRunId: idsOf(first)[1]! });
    const second = await h.kernel.query.listRuns({ ...filter, page: first.nextPage! });
    expect(idsOf(second)).toEqual(ids.slice(7, 9));
  });

  it.each([
    ["text that is none", "!!!"],
    ["an empty text", ""],
    ["base64 of no JSON", tokenOf("{nope")],
    ["JSON that is no list", tokenOf({ a: 1 })],
    ["an empty list", tokenOf([])],
    ["parts of another kind", tokenOf([{ a: 1 }, null])],
    ["too few parts", tokenOf([5])],
    ["too many parts", tokenOf([5, "id", "id"])],
    ["parts in another order", tokenOf(["id", 5])],
  ])("refuses a page token that is %s [115]", async (_title, page) => {
    const { h } = await populated();
    await expect(h.kernel.query.listRuns({ page })).rejects.toMatchObject({
      code: "E_PAGE_TOKEN_INVALID",
    });
  });

  it("reads no payload [116]", async () => {
    const h = new Harness([echo]);
    await h.start("echo", "a-secret-input");
    await h.drain();
    expect(JSON.stringify(await h.kernel.query.listRuns())).not.toContain("a-secret-input");
  });
});

describe("query.getTimeline", () => {
  it("has events, stages, steps and attempts; after a rev only what is new [18]", async () => {
    const h = new Harness([
      fn("busy", async (ctx) => {
        let tries = 0;
        await ctx.step("s", () => {
          tries += 1;
          if (tries === 1) throw new Error("once");
        });
      }),
    ]);
    const id = await h.start("busy");
    await h.drain();
    const all = await h.kernel.query.getTimeline(id);
    expect(all.events.map((event) => event.rev)).toEqual([1, 2, 3]);
    expect(all.stages).toMatchObject([{ stageId: "main", status: "completed" }]);
    expect(all.steps).toMatchObject([{ key: "s", status: "completed", attempts: 2 }]);
    expect(all.attempts).toMatchObject([{ step: "s", attempt: 1, outcome: "failed" }]);
    const tail = await h.kernel.query.getTimeline(id, { afterRev: 2 });
    expect(tail.events.map((event) => event.type)).toEqual(["run.completed"]);
    expect((await h.kernel.query.getTimeline(id, { afterRev: 3 })).events).toEqual([]);
  });

  it("tells one run's events only", async () => {
    const h = new Harness([fan(2), echo]);
    const [id] = [await h.start("fan"), await h.start("echo")];
    await h.drain();
    const { events, stages } = await h.kernel.query.getTimeline(id);
    for (const row of [...events, ...stages]) expect(row.runId).toBe(id);
  });
});

describe("what a body shows", () => {
  it("as progress is visible while it runs, the latest only [136]", async () => {
    const gate = new Gate();
    const h = new Harness([
      fn("shows", async (ctx) => {
        await ctx.step("begin", () => 1);
        ctx.progress({ done: 1 });
        ctx.progress({ done: 2 });
        await ctx.step("wait", () => gate.passed);
      }),
    ]);
    const id = await h.start("shows");
    const { ends } = await begin(h, await register(h));
    expect(await h.kernel.query.getProgress(id, "main")).toEqual({ done: 2 });
    expect((await h.kernel.query.getRun(id)).rev).toBe(1);
    gate.open();
    await h.world.until(ends);
    expect(await h.kernel.query.getProgress(id, "nothing")).toBeUndefined();
  });

  it("as a log is kept in order with level, data and attempt [136]", async () => {
    const h = new Harness([
      fn("logs", async (ctx) => {
        ctx.log("info", "one", { n: 1 });
        await ctx.step("s", () => 1);
        ctx.log("warn", "two");
        await ctx.sleep("nap", "1 hour");
        ctx.log("error", "three");
      }),
    ]);
    const id = await h.start("logs");
    await h.drain();
    expect(await h.kernel.query.listLogs(id)).toMatchObject([
      { level: "info", message: "one", data: { n: 1 }, stageId: "main", attempt: 1 },
      { level: "warn", message: "two", data: null },
      { level: "error", message: "three", at: h.world.now },
    ]);
  });
});

it("reading changes nothing [86]", async () => {
  const h = new Harness([nap]);
  const id = await h.start("nap");
  await h.round();
  const before = h.persistence.dump();
  const { query } = h.kernel;
  await query.getRun(id);
  await query.listRuns({ labels: {} });
  await query.getTimeline(id);
  await query.getProgress(id, "main");
  await query.listLogs(id);
  expect(h.persistence.dump()).toEqual(before);
});

describe("a timeline", () => {
  const paged = async (limit: number) => {
    const many = fn("many", async (ctx) => {
      for (let i = 0; i < 7; i++) {
        ctx.log("info", `line ${i}`);
        await ctx.step(`step ${i}`, ({ attempt }) => {
          if (attempt === 1 && i < 3) throw new Error("again");
        });
      }
    });
    const h = new Harness([many]);
    const id = await h.start("many");
    await h.drain();
    const pages: Timeline[] = [];
    let page: string | undefined;
    do {
      const options = { limit, ...(page === undefined ? {} : { page }) };
      pages.push(await h.kernel.query.getTimeline(id, options));
      page = pages.at(-1)?.nextPage;
    } while (page !== undefined && pages.length < 100);
    return { h, id, pages };
  };

  it.each([1, 2, 3, 7])(
    "comes in pages of %i, which are all of it, each row once",
    async (size) => {
      const { h, id, pages } = await paged(size);
      const whole = await h.kernel.query.getTimeline(id);
      expect(whole.nextPage).toBeUndefined();
      expect(whole.steps).toHaveLength(7);
      expect(whole.attempts).toHaveLength(3);
      for (const list of ["events", "stages", "steps", "attempts"] as const) {
        expect(pages.flatMap((page) => page[list] as readonly unknown[])).toEqual(whole[list]);
        expect(pages.every((page) => page[list].length <= size)).toBe(true);
      }
    },
  );

  it("of another list's page, or of a changed one, is refused", async () => {
    const { h, id, pages } = await paged(2);
    const { nextPage: runs } = await h.kernel.query.listRuns({ limit: 1 });
    const timeline = pages[0]?.nextPage;
    for (const page of [runs, `${timeline}x`, "", btoa("{}"), btoa('{"events":[1]}')]) {
      const asking = h.kernel.query.getTimeline(id, { page: String(page) });
      await expect(asking).rejects.toMatchObject({ code: "E_PAGE_TOKEN_INVALID" });
    }
    const asking = h.kernel.query.listRuns({ page: String(timeline) });
    await expect(asking).rejects.toMatchObject({ code: "E_PAGE_TOKEN_INVALID" });
  });

  it("goes with lines of the log, which go on after the last one seen", async () => {
    const { h, id } = await paged(7);
    const first = await h.kernel.query.listLogs(id, { limit: 3 });
    const rest = await h.kernel.query.listLogs(id, { after: String(first.at(-1)?.id) });
    const messages = [...first, ...rest].map(({ message }) => message);
    expect(messages).toEqual(Array.from({ length: 7 }, (_, i) => `line ${i}`));
  });
});
