import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { base64Decode, base64Encode } from "../../src/state/base64.ts";
import {
  type PayloadForm,
  packBlob,
  packCoded,
  packInline,
  payloadForm,
} from "../../src/state/payload.ts";
import { utf8Decode, utf8Encode, utf8Length } from "../../src/state/utf8.ts";

const anyText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc
    .array(fc.constantFrom("\ud800", "\udc00", "é", "€", "😀", "\u0000", "a"), { maxLength: 8 })
    .map((units) => units.join("")),
);

describe("UTF-8", () => {
  it("has the bytes that the platform's encoder gives, lone surrogates as U+FFFD", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const bytes = new TextEncoder().encode(text);
        expect(utf8Encode(text)).toEqual(bytes);
        expect(utf8Length(text)).toBe(bytes.length);
      }),
    );
  });

  it.each([0, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff])(
    "has them at the edge of a length, U+%d",
    (point) => {
      const text = String.fromCodePoint(point);
      expect(utf8Encode(text)).toEqual(new TextEncoder().encode(text));
      expect(utf8Decode(utf8Encode(text))).toBe(text);
    },
  );

  it("comes back as the same text when it is well formed", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(utf8Decode(utf8Encode(text))).toBe(text.replace(/[\ud800-\udfff]/gu, "\ufffd"));
      }),
    );
  });

  it("does so over more text than one call may take as arguments", () => {
    const long = "aé€😀".repeat(50_000);
    expect(utf8Decode(utf8Encode(long))).toBe(long);
  });

  it("of bytes that are none decodes to some text and never throws", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(utf8Decode(bytes)).toBeTypeOf("string");
      }),
      { numRuns: 2_000 },
    );
    expect(utf8Decode(Uint8Array.of(0xf8, 0xff, 0xff, 0xff))).toBeTypeOf("string");
  });
});

describe("base64", () => {
  it.each([
    ["", ""],
    ["f", "Zg=="],
    ["fo", "Zm8="],
    ["foo", "Zm9v"],
    ["foobar", "Zm9vYmFy"],
  ])("of %j is %j, as in RFC 4648", (text, encoded) => {
    expect(base64Encode(utf8Encode(text))).toBe(encoded);
    expect(base64Decode(encoded)).toEqual(utf8Encode(text));
  });

  it("agrees with the platform's and comes back as the same bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const encoded = base64Encode(bytes);
        expect(encoded).toBe(Buffer.from(bytes).toString("base64"));
        expect(base64Decode(encoded)).toEqual(bytes);
      }),
    );
  });

  it.each(["A", "AA", "AAA", "AAAAA", "A===", "AA=A", "AA*=", "AA-_", "äAAA", "AA A", "=AAA"])(
    "%j is refused",
    (text) => {
      expect(base64Decode(text)).toBeUndefined();
    },
  );

  it("of text that is none is bytes or nothing, never an error", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 24 }), (text) => {
        const bytes = base64Decode(text);
        expect(bytes === undefined || bytes instanceof Uint8Array).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("packed payloads", () => {
  const blob = { hash: "ab12", size: 70_000 };
  const coded = { ...blob, codec: "aes", keyId: "k1" };

  it.each<[string, string, PayloadForm]>([
    ["inline text", packInline('{"a":1}'), { form: "inline", text: '{"a":1}' }],
    ["no text", packInline(""), { form: "inline", text: "" }],
    ["text that looks like another form", packInline("b{}"), { form: "inline", text: "b{}" }],
    ["a blob", packBlob(blob), { form: "blob", blob }],
    ["a coded blob", packBlob(coded), { form: "blob", blob: coded }],
    [
      "coded bytes",
      packCoded({ codec: "aes", keyId: "k\n1" }, "AAAA"),
      { form: "coded", header: { codec: "aes", keyId: "k\n1" }, base64: "AAAA" },
    ],
  ])("%s is read as what was packed", (_, packed, form) => {
    expect(payloadForm(packed)).toEqual(form);
  });

  it.each(["", "z", "{}", "b", "b{", "x", "x{}", "x{\nAAAA"])(
    "%j is no payload and says so instead of throwing",
    (packed) => {
      expect(payloadForm(packed)).toBeUndefined();
    },
  );
});
