import type { ServerlessHost } from "../serverless-host.ts";

/** A host, or how to make it: then the first invocation does, and later ones use the same. */
export type HostSource = ServerlessHost | (() => ServerlessHost | Promise<ServerlessHost>);

/** Answers the one host. What fails to be made is made again by the next invocation. */
export function hostFrom(source: HostSource): () => Promise<ServerlessHost> {
  let made: Promise<ServerlessHost> | undefined;
  const make = async (): Promise<ServerlessHost> =>
    typeof source === "function" ? source() : source;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}
