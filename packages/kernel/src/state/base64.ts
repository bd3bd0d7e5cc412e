const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Base64 of RFC 4648, with padding. */
export function base64Encode(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let i = 0; i < bytes.length; i += 3) {
    const a = bytes[i] as number;
    const b = bytes[i + 1];
    const c = bytes[i + 2];
    const word = (a << 16) | ((b ?? 0) << 8) | (c ?? 0);
    parts.push(
      letter(word >> 18) +
        letter(word >> 12) +
        (b === undefined ? "=" : letter(word >> 6)) +
        (c === undefined ? "=" : letter(word)),
    );
  }
  return parts.join("");
}

/** Undefined when the text is not base64. */
export function base64Decode(text: string): Uint8Array | undefined {
  const body = text.replace(/=+$/, "");
  if (text.length % 4 !== 0 || body.length % 4 === 1) return undefined;
  const bytes = new Uint8Array(Math.floor((body.length * 3) / 4));
  let buffer = 0;
  let bits = 0;
  let at = 0;
  for (const character of body) {
    const value = ALPHABET.indexOf(character);
    if (value < 0) return undefined;
    buffer = ((buffer << 6) | value) & 0xffffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = (buffer >> bits) & 0xff;
    }
  }
  return bytes;
}

const letter = (bits: number): string => ALPHABET[bits & 0x3f] as string;
