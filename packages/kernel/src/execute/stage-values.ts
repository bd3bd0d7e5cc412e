import { validate } from "../define/schema.ts";
import { unpackValue } from "../engine/unpack.ts";
import type { StageValues } from "./context.ts";
import type { Execution } from "./execution.ts";

/** Decodes what the claim brought and checks the input, before any of the stage's effects. */
export async function stageValues(execution: Execution): Promise<StageValues> {
  const { node, claimed, engine } = execution;
  const outputs = await decodeUpstream(execution);
  const raw = await stageInput(execution, outputs);
  const input = await validate(node.stage.inputSchema, raw, {
    code: "E_INPUT_INVALID",
    subject: `Input of stage "${node.id}"`,
  });
  const place = { runId: execution.key.runId, field: "config" };
  const { config } = claimed.run;
  const configs = config === null ? {} : await unpackValue(engine, config, place);
  const own = Object.getOwnPropertyDescriptor(configs, node.id);
  return { input, outputs, config: own?.value };
}

async function decodeUpstream(execution: Execution): Promise<Record<string, unknown>> {
  const { claimed, engine, key } = execution;
  const outputs: Record<string, unknown> = Object.create(null);
  for (const { stageId, output } of claimed.upstream) {
    if (output === null) continue;
    const place = { runId: key.runId, field: `output/${stageId}` };
    outputs[stageId] = await unpackValue(engine, output, place);
  }
  return outputs;
}

/** Its own input if it has one, the run's for a root, else what its dependencies yielded. */
async function stageInput(
  { claimed, engine, key, node }: Execution,
  outputs: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  const { stage, run } = claimed;
  const own = stage.input ?? (node.after.length === 0 ? run.input : null);
  if (own !== null) return unpackValue(engine, own, { runId: key.runId, field: "input" });
  if (!node.gathers) return outputs[node.after[0] as string];
  const present = node.after.filter((id) => Object.hasOwn(outputs, id));
  return Object.fromEntries(present.map((id) => [id, outputs[id]]));
}
