import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse, type ScalarTag } from "yaml";

const PATH = fileURLToPath(new URL("../template.yaml", import.meta.url));

export interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}

/** As far as it is read here. */
export interface Template {
  readonly Parameters: Readonly<Record<string, unknown>>;
  readonly Globals: {
    readonly Function: {
      readonly Timeout: number;
      readonly CodeUri: string;
      readonly Environment: { readonly Variables: Readonly<Record<string, unknown>> };
    };
  };
  readonly Resources: Readonly<Record<string, Resource>> & {
    readonly Jobs: Resource & {
      readonly Properties: {
        readonly VisibilityTimeout: number;
        readonly RedrivePolicy: {
          readonly deadLetterTargetArn: unknown;
          readonly maxReceiveCount: number;
        };
      };
    };
  };
  readonly Outputs: Readonly<Record<string, { readonly Value: unknown }>>;
}

const shortForm = (tag: string, resolve: (text: string) => unknown): ScalarTag => ({
  tag,
  resolve,
});

const CLOUDFORMATION = [
  shortForm("!Ref", (name) => ({ Ref: name })),
  shortForm("!Sub", (text) => ({ "Fn::Sub": text })),
  shortForm("!GetAtt", (path) => ({ "Fn::GetAtt": path.split(".") })),
];

/** What is deployed, so that what runs here has the same limits. */
export const readTemplate = (): Template =>
  parse(readFileSync(PATH, "utf8"), { customTags: CLOUDFORMATION });
