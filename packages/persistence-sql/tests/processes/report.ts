import { EngineError } from "@pawl/kernel";

/** Runs a process' work and prints what came of it as one line of JSON. */
export async function report(work: () => Promise<unknown>): Promise<void> {
  try {
    process.stdout.write(`${JSON.stringify({ value: await work() })}\n`);
  } catch (error) {
    const { name, message } = error as Error;
    const code = EngineError.is(error) ? error.code : undefined;
    process.stdout.write(`${JSON.stringify({ error: { name, code, message } })}\n`);
  }
}
