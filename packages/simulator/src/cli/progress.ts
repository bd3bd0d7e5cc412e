import type { WriteStream } from "node:tty";

type Stream = Pick<WriteStream, "write"> & { readonly isTTY?: boolean };

const REDRAWN_EVERY_MS = 1_000;
const LINE_EVERY_MS = 10_000;

/** How far a long play is: redrawn in place on a terminal, elsewhere a line every ten seconds. */
export class Progress {
  readonly #stream: Stream;
  readonly #timer: NodeJS.Timeout;

  constructor(line: () => string, stream: Stream = process.stderr) {
    this.#stream = stream;
    const show = (): void => {
      this.clear();
      stream.write(stream.isTTY ? line() : `${line()}\n`);
    };
    this.#timer = setInterval(show, stream.isTTY ? REDRAWN_EVERY_MS : LINE_EVERY_MS);
  }

  /** Makes room for another line. */
  clear(): void {
    if (this.#stream.isTTY) this.#stream.write("\r\x1b[K");
  }

  end(): void {
    clearInterval(this.#timer);
    this.clear();
  }
}
