import { sha256 } from "@noble/hashes/sha2.js";
import { utf8Encode } from "../state/utf8.ts";

/** Bytes that follow from a seed and a count: the same at every execution, nothing stored. */
export class Chance {
  readonly #seed: string;
  #drawn = 0;

  constructor(seed: string) {
    this.#seed = seed;
  }

  /** In [0, 1), 53 bits. */
  random(): number {
    const bytes = this.#draw();
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    return (view.getUint32(0) * 2 ** 21 + (view.getUint32(4) >>> 11)) / 2 ** 53;
  }

  /** Version 4 of RFC 9562. */
  uuid(): string {
    const bytes = this.#draw().slice(0, 16);
    bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40;
    bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return [8, 12, 16, 20].reduce(
      (text, at, i) => `${text.slice(0, at + i)}-${text.slice(at + i)}`,
      hex,
    );
  }

  #draw(): Uint8Array {
    return sha256(utf8Encode(`${this.#seed}/${this.#drawn++}`));
  }
}
