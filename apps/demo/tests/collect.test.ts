import * as fs from "node:fs/promises";
import { join } from "node:path";
import { EngineError } from "@pawl/kernel";
import { describe, expect, it } from "vitest";
import { collectDocuments } from "../src/collect/collect-documents.ts";
import type { Collection } from "../src/collect/document.ts";
import { MissingPathError, NoDocumentsError } from "../src/collect/errors.ts";
import type { Files } from "../src/collect/files.ts";
import { ownDocuments } from "../src/collect/own-documents.ts";
import { readDocument } from "../src/collect/read-document.ts";
import { newFolder } from "./new-folder.ts";

const pathsOf = ({ documents }: Collection) => documents.map(({ path }) => path);
const kindsOf = ({ notes }: Collection) => notes.map(({ kind, path }) => `${kind} ${path}`);

/** The file system, except that these paths refuse with a code. */
function refusing(refusals: Readonly<Record<string, string>>): Files {
  const guard = (path: unknown): void => {
    const code = refusals[String(path)];
    if (code) throw Object.assign(new Error(`${code}: ${String(path)}`), { code });
  };
  return new Proxy<Files>(fs, {
    get: (target, name: keyof Files) => async (path: string, options: never) => {
      guard(path);
      return (target[name] as (...args: unknown[]) => unknown)(path, options);
    },
  });
}

describe("collecting documents", () => {
  it("finds documents in folders below and sorts them by path", async () => {
    const from = await newFolder({
      "b.md": "b",
      "a/z.markdown": "z",
      "a/deep/er/page.HTML": "<p>x",
      "a.txt": "a",
      "data.json": "{}",
      "picture.png": "png",
    });
    const collection = await collectDocuments({ paths: ["."], from });
    expect(pathsOf(collection)).toEqual(["a.txt", "a/deep/er/page.HTML", "a/z.markdown", "b.md"]);
    expect(collection.documents.map(({ format }) => format)).toEqual([
      "text",
      "html",
      "markdown",
      "markdown",
    ]);
    expect(collection.root).toBe(from);
    expect(collection.notes).toEqual([]);
  });

  it("passes over node_modules and hidden files and folders", async () => {
    const from = await newFolder({
      "node_modules/x/readme.md": "x",
      "sub/node_modules/x.md": "x",
      ".git/x.md": "x",
      ".hidden.md": "x",
      "seen.md": "x",
    });
    expect(pathsOf(await collectDocuments({ paths: ["."], from }))).toEqual(["seen.md"]);
  });

  it("gives a document the same id in every run and no two the same", async () => {
    const from = await newFolder({ "docs/a b.md": "x", "docs/a-b.md": "x", "日本.md": "x" });
    const ids = (await collectDocuments({ paths: ["."], from })).documents.map(({ id }) => id);
    const again = await collectDocuments({ paths: ["日本.md", "docs"], from });
    expect(new Set(ids).size).toBe(3);
    expect(again.documents.map(({ id }) => id)).toEqual(ids);
    for (const id of ids) expect(id).toMatch(/^[a-z0-9-]+$/);
    expect(ids[0]).toMatch(/^docs-a-b-md-/);
  });

  it("counts a document once when two paths lead to it, and says so", async () => {
    const from = await newFolder({ "docs/a.md": "x", "docs/b.md": "x" });
    const collection = await collectDocuments({
      paths: ["docs/a.md", "docs", "./docs/b.md"],
      from,
    });
    expect(pathsOf(collection)).toEqual(["docs/a.md", "docs/b.md"]);
    expect(kindsOf(collection)).toEqual(["duplicate docs", "duplicate docs/b.md"]);
    expect(collection.notes[0]?.message).toBe(
      "1 document was named more than once and counted once.",
    );
  });

  it("notes files in the order of their names, whatever order the system has", async () => {
    const from = await newFolder({ "a.md": "\0", "b.md": "\0", "c.md": "\0", "d.md": "x" });
    for (const turn of [1, -1]) {
      const readdir = async (path: string) => {
        const entries = await fs.readdir(path, { withFileTypes: true });
        return entries.sort((a, b) => turn * a.name.localeCompare(b.name));
      };
      const files = { ...fs, readdir } as unknown as Files;
      const collection = await collectDocuments({ paths: ["."], from }, files);
      expect(kindsOf(collection)).toEqual(["binary a.md", "binary b.md", "binary c.md"]);
    }
  });

  it("leaves out a file that is too large and says how large it may be", async () => {
    const from = await newFolder({ "big.md": "x".repeat(3000), "small.md": "x" });
    const limits = { bytesPerFileMax: 2048 };
    const collection = await collectDocuments({ paths: ["."], from, limits });
    expect(pathsOf(collection)).toEqual(["small.md"]);
    expect(collection.notes).toEqual([
      { kind: "tooLarge", path: "big.md", message: "It has 2.9 KB; files over 2 KB are left out." },
    ]);
  });

  it("leaves out a binary file whatever its name says", async () => {
    const from = await newFolder({ "fake.md": new Uint8Array([35, 0, 1, 2]), "real.md": "# x" });
    const collection = await collectDocuments({ paths: ["."], from });
    expect(pathsOf(collection)).toEqual(["real.md"]);
    expect(kindsOf(collection)).toEqual(["binary fake.md"]);
  });

  it("notes a named file that it can't read as a document", async () => {
    const from = await newFolder({ "data.json": "{}", "a.md": "x" });
    const collection = await collectDocuments({ paths: ["data.json", "a.md"], from });
    expect(kindsOf(collection)).toEqual(["unsupported data.json"]);
    expect(collection.notes[0]?.message).toContain(".markdown");
  });

  it("notes files and folders that the system refuses and goes on with the rest", async () => {
    const from = await newFolder({ "a.md": "x", "b.md": "x", "shut/c.md": "x", "named.md": "x" });
    const files = refusing({
      [join(from, "a.md")]: "EACCES",
      [join(from, "shut")]: "EIO",
    });
    const collection = await collectDocuments({ paths: ["."], from }, files);
    expect(pathsOf(collection)).toEqual(["b.md", "named.md"]);
    expect(collection.notes).toEqual([
      { kind: "unreadable", path: "a.md", message: "It can't be read: this user may not read it." },
      {
        kind: "unreadable",
        path: "shut",
        message: "This folder can't be read: the disk failed to deliver it.",
      },
    ]);
  });

  it("notes a named path that exists and can't be looked at", async () => {
    const from = await newFolder({ "a.md": "x" });
    await fs.symlink("loop.md", join(from, "loop.md"));
    const collection = await collectDocuments({ paths: ["loop.md", "a.md"], from });
    expect(kindsOf(collection)).toEqual(["unreadable loop.md"]);
    expect(pathsOf(collection)).toEqual(["a.md"]);
  });

  it("lets an error that is not the file system's through", async () => {
    const from = await newFolder({ "a.md": "x" });
    const files: Files = {
      ...fs,
      open: () => {
        throw new TypeError("a bug");
      },
    };
    await expect(collectDocuments({ paths: ["."], from }, files)).rejects.toThrow("a bug");
  });

  it("does not follow symbolic links inside folders, so circles end", async () => {
    const from = await newFolder({ "docs/a.md": "x", "other.md": "x" });
    await fs.symlink("..", join(from, "docs/up"));
    await fs.symlink("../other.md", join(from, "docs/other.md"));
    const collection = await collectDocuments({ paths: ["docs"], from });
    expect(pathsOf(collection)).toEqual(["docs/a.md"]);
    expect(kindsOf(collection)).toEqual(["symbolicLink docs/other.md"]);
  });

  it("names every missing path at once, in an error that no attempt repeats", async () => {
    const from = await newFolder({ "a.md": "x" });
    const paths = ["nowhere", "a.md", "a.md/below"];
    const error = await collectDocuments({ paths, from }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(MissingPathError);
    expect(EngineError.is(error, "E_TERMINAL")).toBe(true);
    expect((error as MissingPathError).paths).toEqual(["nowhere", "a.md/below"]);
    expect((error as MissingPathError).message).toContain('"nowhere", "a.md/below" do not exist');
  });

  it("says so when nothing is left to analyse", async () => {
    const from = await newFolder({ "data.json": "{}" });
    const collecting = collectDocuments({ paths: ["."], from });
    await expect(collecting).rejects.toThrow(NoDocumentsError);
    await expect(collecting).rejects.toThrow(/ends? in \.md/);
  });

  it("says why each was left out when that leaves nothing", async () => {
    const from = await newFolder({ "big.md": "x".repeat(3000), "fake.md": new Uint8Array([0]) });
    await fs.symlink("big.md", join(from, "link.md"));
    const limits = { bytesPerFileMax: 2048 };
    const error = await collectDocuments({ paths: ["."], from, limits }).catch((thrown) => thrown);
    expect(error.message.split("\n").slice(1)).toEqual([
      "big.md has 2.9 KB; files over 2 KB are left out",
      "fake.md holds binary data, not text",
      "link.md: A symbolic link inside a folder is not followed; name it to include it",
    ]);
    const many = Array.from({ length: 12 }, (_, at): [string, string] => [`${at}.md`, "\0"]);
    const crowd = await newFolder(Object.fromEntries(many));
    await expect(collectDocuments({ paths: ["."], from: crowd })).rejects.toThrow("… and 2 more");
  });

  it("stops at the limits of documents and depth with a note", async () => {
    const from = await newFolder({ "a.md": "x", "b.md": "x", "c.md": "x", "1/2/3/d.md": "x" });
    const limits = { documentsMax: 2, depthMax: 2 };
    const collection = await collectDocuments({ paths: ["."], from, limits });
    expect(pathsOf(collection)).toEqual(["a.md", "b.md"]);
    expect(kindsOf(collection)).toEqual(["tooDeep 1/2", "tooMany ."]);
  });

  it("shows paths relative to the folder that holds all of them", async () => {
    const folder = await newFolder({ "one/a.md": "x", "two/b.md": "x", "here/c.md": "x" });
    const paths = ["../one", "../two/b.md"];
    const collection = await collectDocuments({ paths, from: join(folder, "here") });
    expect(collection.root).toBe(folder);
    expect(pathsOf(collection)).toEqual(["one/a.md", "two/b.md"]);
  });

  it("hands over plain data that survives JSON", async () => {
    const from = await newFolder({ "a.md": "x", "b.md": new Uint8Array([0]) });
    const collection = await collectDocuments({ paths: ["."], from });
    expect(JSON.parse(JSON.stringify(collection))).toEqual(collection);
  });
});

describe("the documents of a repository", () => {
  it("are its README, docs and the READMEs of its packages, as far as they exist", async () => {
    const from = await newFolder({
      "README.md": "x",
      "docs/a.md": "x",
      "packages/kernel/README.md": "x",
      "packages/empty/index.ts": "x",
      "src/other.md": "x",
    });
    expect(await ownDocuments(from)).toEqual(["README.md", "docs", "packages/kernel/README.md"]);
  });
});

describe("reading a document", () => {
  async function documentWith(content: string | Uint8Array) {
    const from = await newFolder({ "a.md": content });
    const [document] = (await collectDocuments({ paths: ["a.md"], from })).documents;
    if (!document) throw new Error("The document is missing");
    return document;
  }

  it("gives text, lines and the hash of the bytes", async () => {
    const reading = await readDocument(await documentWith("# Grüße\r\nzwei\n"));
    expect(reading).toEqual({
      read: true,
      source: {
        text: "# Grüße\r\nzwei\n",
        encoding: "utf-8",
        sha256: "925640f6e11c43c1a1874801e576fe5e9ccdcd6f75a17ebad83c68bf878ebdf6",
        lines: 2,
      },
    });
  });

  it("reads old files of one byte a letter", async () => {
    const reading = await readDocument(
      await documentWith(new Uint8Array([0x47, 0x72, 0xfc, 0xdf])),
    );
    expect(reading).toMatchObject({ source: { text: "Grüß", encoding: "windows-1252", lines: 1 } });
  });

  it("gives a note instead when the file is gone", async () => {
    const document = await documentWith("x");
    await fs.rm(document.location);
    expect(await readDocument(document)).toEqual({
      read: false,
      note: {
        kind: "unreadable",
        path: "a.md",
        message: "It can't be read: it disappeared meanwhile.",
      },
    });
  });
});
