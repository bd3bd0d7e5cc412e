import { parseArgs } from "node:util";

export type CommandLine<T> =
  | { readonly kind: "run"; readonly options: T }
  | { readonly kind: "help"; readonly text: string }
  | { readonly kind: "invalid"; readonly message: string };

export interface Command<T> {
  /** As it is typed, such as `pnpm sim`. */
  readonly name: string;
  readonly help: string;
  /** Options with a value, and such without. `--help` is known to all. */
  readonly valued: readonly string[];
  readonly switches: readonly string[];
  /**
   * @throws Refused for values that it does not take
   */
  read(given: Given): T;
}

/** What is wrong with a command line, in one line. */
export class Refused extends Error {
  override readonly name: string = "Refused";
}

/** Reads a command line. What is wrong with it is said in one message, never thrown. */
export function readCommandLine<T>(command: Command<T>, argv: readonly string[]): CommandLine<T> {
  // Package managers hand a leading "--" through.
  const args = argv[0] === "--" ? argv.slice(1) : [...argv];
  if (args.includes("--help") || args.includes("-h")) return { kind: "help", text: command.help };
  try {
    return { kind: "run", options: command.read(new Given(optionsIn(args, command))) };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const message = `${error.message}\nRun "${command.name} --help" to see what there is.`;
    return { kind: "invalid", message };
  }
}

/** The options of a command line, each read by what it may be. */
export class Given {
  readonly #options: ReadonlyMap<string, string>;

  constructor(options: ReadonlyMap<string, string>) {
    this.#options = options;
  }

  has(option: string): boolean {
    return this.#options.has(option);
  }

  /**
   * @throws Refused for an empty text
   */
  text(option: string, otherwise: string): string {
    const given = this.#options.get(option) ?? otherwise;
    if (given.trim() === "") throw new Refused(`--${option} takes a text that is not empty.`);
    return given;
  }

  /**
   * @throws Refused for what is no whole number within the bounds
   */
  whole(option: string, { least, most, otherwise }: Whole): number {
    const given = this.#options.get(option) ?? String(otherwise);
    const number = /^\d{1,16}$/.test(given) ? Number(given) : Number.NaN;
    if (number >= least && number <= most) return number;
    const bounds = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least}`;
    const upTo = most === Number.MAX_SAFE_INTEGER ? "" : ` to ${most}`;
    throw new Refused(`--${option} takes a whole number ${bounds}${upTo}, not "${given}".`);
  }

  /**
   * @throws Refused for a name that is none of them
   */
  oneOf<T extends string>(option: string, names: readonly T[], otherwise: T): T {
    const given = this.#options.get(option) ?? otherwise;
    const known = names.find((name) => name === given);
    if (known === undefined) {
      throw new Refused(`--${option} takes ${names.join(", ")}, not "${given}".`);
    }
    return known;
  }

  /**
   * @throws Refused where one of `others` is given beside `option`
   */
  excludes(option: string, others: readonly string[]): void {
    const [other] = others.filter((one) => this.has(option) && this.has(one));
    if (other === undefined) return;
    throw new Refused(`--${option} and --${other} don't go together. Leave one of them out.`);
  }

  /**
   * @throws Refused where one of these is given without `needed`
   */
  need(needed: string, options: readonly string[]): void {
    const [option] = options.filter((one) => this.has(one) && !this.has(needed));
    if (option !== undefined) throw new Refused(`--${option} needs --${needed} beside it.`);
  }
}

interface Whole {
  readonly least: number;
  readonly most: number;
  readonly otherwise?: number;
}

/** Texts by option; that of a switch is empty. */
function optionsIn(
  args: string[],
  { valued, switches }: Pick<Command<unknown>, "valued" | "switches">,
): ReadonlyMap<string, string> {
  const types = [
    ...valued.map((name) => [name, { type: "string" }] as const),
    ...switches.map((name) => [name, { type: "boolean" }] as const),
  ];
  const { tokens } = parseArgs({
    args,
    options: Object.fromEntries(types),
    strict: false,
    tokens: true,
  });
  const options = new Map<string, string>();
  for (const token of tokens) {
    if (token.kind === "option-terminator") continue;
    if (token.kind === "positional") throw new Refused(`"${token.value}" belongs to no option.`);
    const { name, rawName, value, inlineValue } = token;
    const isSwitch = switches.includes(name);
    if (!isSwitch && !valued.includes(name)) {
      const known = [...valued, ...switches].map((one) => `--${one}`).join(", ");
      throw new Refused(`There is no option "${rawName}"; there are ${known}.`);
    }
    if (options.has(name)) throw new Refused(`--${name} is given twice.`);
    if (isSwitch && value !== undefined) throw new Refused(`--${name} takes no value.`);
    const isMissing = value === undefined || (!inlineValue && value.startsWith("--"));
    if (!isSwitch && isMissing) throw new Refused(`--${name} needs a value.`);
    options.set(name, value ?? "");
  }
  return options;
}
