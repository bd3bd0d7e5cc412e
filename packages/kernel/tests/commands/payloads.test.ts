import type { BlobStore, PayloadCodec } from "@pawl/kernel/ports";
import { describe, expect, it } from "vitest";
import { Fleet, tablesNaming } from "./fleet.ts";
import { echo, fn } from "./workflows.ts";

const BIG = "x".repeat(20_000);

/** The fleet's blob store with some answers changed. */
const tampered = (fleet: Fleet, changes: Partial<BlobStore>): BlobStore => ({
  ...fleet.blobStore,
  ...changes,
});

describe("a large payload", () => {
  it("is stored once for any number of equal ones, each with its reference [20]", async () => {
    const fleet = new Fleet([echo]);
    const h = fleet.process();
    const runs = Array.from({ length: 5 }, () => ({ workflowId: "echo", input: BIG }));
    await h.kernel.dispatch({ type: "run.createMany", runs });
    const blobs = await fleet.blobStore.list("");
    expect(blobs).toHaveLength(1);
    const { blobRefs, runs: rows } = h.persistence.dump();
    expect(blobRefs.map((ref) => ref.runId).sort()).toEqual(rows.map((run) => run.id).sort());
    expect(new Set(blobRefs.map((ref) => ref.hash))).toEqual(new Set([blobs[0]?.key]));
  });

  it("goes out of line above the threshold and stays inline at it [20]", async () => {
    const fleet = new Fleet([echo]);
    const h = fleet.process({ limits: { payloadInlineBytesMax: 100 } });
    await h.start("echo", "x".repeat(98));
    expect(await fleet.blobStore.list("")).toEqual([]);
    await h.start("echo", "x".repeat(99));
    expect(await fleet.blobStore.list("")).toMatchObject([{ size: 101 }]);
  });

  it("comes back whole as input, step result and output [20]", async () => {
    const parts = fn("parts", async (ctx, input) => {
      const half = await ctx.step("half", () => `${BIG}${BIG}`);
      await ctx.sleep("nap", 1_000);
      return `${input}${half}`;
    });
    const fleet = new Fleet([parts]);
    const h = fleet.process();
    const id = await h.start("parts", BIG);
    await h.drain();
    expect(await h.kernel.query.getRun(id)).toMatchObject({
      status: "completed",
      input: BIG,
      output: BIG.repeat(3),
    });
    expect(JSON.stringify(h.persistence.dump())).not.toContain(BIG);
    expect(tablesNaming(h, id)).toContain("blobRefs");
  });

  it("whose bytes have changed is not believed [20]", async () => {
    const fleet = new Fleet([echo]);
    const id = await fleet.process().start("echo", BIG);
    const blobStore = tampered(fleet, {
      get: async (key) => (await fleet.blobStore.get(key))?.with(5, 65),
    });
    const reader = fleet.process({ blobStore });
    await expect(reader.kernel.query.getRun(id)).rejects.toMatchObject({ code: "E_BLOB_CORRUPT" });
  });

  it("whose blob is gone is a typed error that names it", async () => {
    const fleet = new Fleet([echo]);
    const h = fleet.process();
    const id = await h.start("echo", BIG);
    const [blob] = await fleet.blobStore.list("");
    await fleet.blobStore.delete(blob!.key);
    await expect(h.kernel.query.getRun(id)).rejects.toMatchObject({
      code: "E_BLOB_MISSING",
      details: { hash: blob!.key },
    });
    await h.drain();
    const { runs } = h.persistence.dump();
    expect(runs[0]).toMatchObject({ status: "failed", failure: { code: "E_BLOB_MISSING" } });
  });

  it("is in the blob store before the commit that refers to it", async () => {
    const fleet = new Fleet([echo]);
    const refused = new Error("the disk is full");
    const blobStore = tampered(fleet, { put: () => Promise.reject(refused) });
    const h = fleet.process({ blobStore });
    await expect(h.start("echo", BIG)).rejects.toBe(refused);
    expect(Object.values(h.persistence.dump()).flat()).toEqual([]);
  });
});

describe("a payload codec", () => {
  const flip = (bytes: Uint8Array): Uint8Array => bytes.map((byte) => byte ^ 0x55);
  const codecOf = (id: string, places: unknown[] = []): PayloadCodec => ({
    id,
    encode: async (bytes, place) => {
      places.push(place);
      return { bytes: flip(bytes), keyId: "k1" };
    },
    decode: async ({ bytes, keyId }) => (keyId === "k1" ? flip(bytes) : bytes),
  });

  it.each([
    ["inline", "secret"],
    ["in the blob store", `secret${BIG}`],
  ])("leaves no plain text at rest and is undone on read: %s [25]", async (_title, input) => {
    const fleet = new Fleet([echo]);
    const places: unknown[] = [];
    const h = fleet.process({ codec: codecOf("flip", places), namespace: "n" });
    const id = await h.start("echo", input);
    await h.drain();
    expect((await h.kernel.query.getRun(id)).output).toBe(input);
    expect(JSON.stringify(h.persistence.dump())).not.toContain("secret");
    for (const { key } of await fleet.blobStore.list("")) {
      expect(new TextDecoder().decode(await fleet.blobStore.get(key))).not.toContain("secret");
    }
    expect(places).toContainEqual({ namespace: "n", runId: id, field: "input" });
  });

  it("other than the one that wrote a payload is refused by name", async () => {
    const fleet = new Fleet([echo]);
    const id = await fleet.process({ codec: codecOf("flip") }).start("echo", 1);
    for (const reader of [fleet.process(), fleet.process({ codec: codecOf("rot") })]) {
      await expect(reader.kernel.query.getRun(id)).rejects.toMatchObject({
        code: "E_ROW_CORRUPT",
        message: expect.stringContaining('"flip"'),
      });
    }
  });
});

it("a blob store that is out of reach for a moment fails no stage", async () => {
  const { EngineError } = await import("@pawl/kernel");
  const fleet = new Fleet([fn("big", async () => BIG)]);
  let down = true;
  const blobStore = tampered(fleet, {
    put: async (key, bytes) => {
      if (down) throw new EngineError("E_BLOB_UNAVAILABLE", "the blob store is out of reach");
      await fleet.blobStore.put(key, bytes);
    },
  });
  const h = fleet.process({ blobStore });
  const id = await h.start("big");
  await h.round();
  down = false;
  expect((await h.kernel.query.getRun(id)).status).toBe("running");
});
