import { filePath, misread, queryOf, refuseUserOf, schemeOf, unsupported } from "./place-url.ts";

/** Where large payloads are kept. */
export type BlobPlace =
  | { readonly kind: "folder"; readonly path: string }
  | {
      readonly kind: "s3";
      readonly bucket: string;
      /** Empty, or ends in a slash. */
      readonly prefix: string;
      readonly region?: string;
      readonly endpoint?: string;
    };

const NAME = "PAWL_BLOB_URL";

/**
 * The place that `PAWL_BLOB_URL` names, if it is set.
 *
 * @throws EngineError E_UNSUPPORTED, E_CONFIG_INVALID
 */
export function blobPlace(url: string | undefined): BlobPlace | undefined {
  if (!url) return undefined;
  if (schemeOf(url) === "s3") return bucketAt(url);
  const path = filePath(NAME, url);
  if (path !== undefined) return { kind: "folder", path };
  throw unsupported(
    NAME,
    url,
    "blobs are kept in a folder, such as file:./.pawl/blobs, or in a bucket, such as " +
      "s3://bucket/prefix?region=eu-central-1",
  );
}

function bucketAt(text: string): BlobPlace {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url) refuseUserOf(NAME, url);
  const prefix = url && prefixOf(url);
  if (!url || url.hostname === "" || url.port !== "" || url.hash !== "" || prefix === undefined)
    throw misread(
      NAME,
      "is an s3: URL that names no bucket: write s3://bucket/prefix?region=<region>, and for R2 " +
        "s3://bucket/prefix?endpoint=https://<account>.r2.cloudflarestorage.com",
    );
  const { region, endpoint } = queryOf(NAME, url, ["region", "endpoint"]);
  if (endpoint !== undefined) checkEndpoint(endpoint);
  return {
    kind: "s3",
    bucket: url.hostname,
    prefix,
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
  };
}

/** Undefined where a percent sign begins nothing. */
function prefixOf({ pathname }: URL): string | undefined {
  const path = pathname.replace(/^\/|\/$/g, "");
  try {
    return path === "" ? "" : `${decodeURIComponent(path)}/`;
  } catch {
    return undefined;
  }
}

function checkEndpoint(endpoint: string): void {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url) refuseUserOf(NAME, url);
  if (url?.protocol !== "https:" && url?.protocol !== "http:")
    throw misread(NAME, "has an endpoint that is no http: or https: URL");
}
