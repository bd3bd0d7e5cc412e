import { EngineError } from "@pawl/kernel";
import type { SqlRow, SqlValue, Statement } from "../statements/statement.ts";
import { ServerFailure } from "./errors.ts";

/** Executes a text with numbered placeholders in the transaction of a caller. */
export type RunInside = (text: string, values: readonly SqlValue[]) => Promise<readonly SqlRow[]>;

/**
 * Executes a statement that answers one row within a transaction of a caller's: when it fails it
 * is undone, and nothing else. A savepoint would undo what the caller sends before the answer is
 * there, too, so a block undoes it on the server, as one statement of the driver. A block takes
 * and answers no values: they are settings that end with the transaction. Without one the block
 * finds none, and writes nothing.
 *
 * @throws EngineError E_ARGUMENT_INVALID where there is no transaction
 */
export async function undoneAlone(
  { text, params }: Statement,
  run: RunInside,
): Promise<readonly SqlRow[]> {
  const given = params.flatMap((value, at) => (value === null ? [] : [{ value: `${value}`, at }]));
  const sets = given.map(
    ({ at }, i) => `set_config('pawl.value_${at}', $${i + 1}, true) IS NULL AS s${at}`,
  );
  await run(
    `SELECT ${sets.join(", ")}`,
    given.map(({ value }) => value),
  );
  await run(blockOf(text, params), []);
  const [row] = await run("SELECT current_setting('pawl.answer', true) AS answer", []);
  return answered(row?.[0]);
}

function blockOf(text: string, params: readonly SqlValue[]): string {
  let at = -1;
  const reading = text.replace(/\?/g, () => {
    at += 1;
    return params[at] === null ? "NULL" : `current_setting('pawl.value_${at}')`;
  });
  return (
    "DO $pawl$ DECLARE pawl_row record; pawl_answer json;" +
    ` BEGIN ${reading} INTO pawl_row;` +
    " PERFORM set_config('pawl.answer', json_build_object('row', pawl_row)::text, true);" +
    " EXCEPTION WHEN OTHERS OR QUERY_CANCELED THEN" +
    " pawl_answer := json_build_object('code', SQLSTATE, 'message', SQLERRM);" +
    " PERFORM set_config('pawl.answer', pawl_answer::text, true); END $pawl$"
  );
}

type Answer =
  | { readonly row: Readonly<Record<string, unknown>> }
  | { readonly code: string; readonly message: string };

function answered(text: unknown): readonly SqlRow[] {
  if (typeof text !== "string" || text === "") {
    throw new EngineError(
      "E_ARGUMENT_INVALID",
      "the client given to bind is in no transaction: BEGIN one first",
    );
  }
  const answer = JSON.parse(text) as Answer;
  if ("code" in answer) throw new ServerFailure(answer.message, answer.code);
  return [Object.values(answer.row)];
}
