import { describe, expect, test } from "vitest";
import { asConfigured, translate } from "../../src/postgres/errors.ts";

const said = (code: string, message = "said") =>
  Object.assign(new Error(message), { code, severity: "FATAL" });

describe("an error of PostgreSQL", () => {
  test.each([
    ["28000", 'no pg_hba.conf entry for host "h", no encryption', /without TLS: .*verify-full/],
    ["28000", 'no pg_hba.conf entry for host "h", SSL encryption', /with TLS: .*sslmode=disable/],
    ["28P01", "password authentication failed", /refuses these credentials/],
    ["25006", "cannot execute INSERT in a read-only transaction", /not READ ONLY.*primary/],
    ["42P07", 'relation "runs" already exists', /has a table of other use/],
  ])("%s, %s", (code, message, says) => {
    expect(translate(said(code, message), "here")).toMatchObject({
      message: expect.stringMatching(says),
    });
  });

  test.each([
    ["SELF_SIGNED_CERT_IN_CHAIN", "self-signed certificate", /by TLS: .*sslrootcert/],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "altnames", /by TLS: .*the name that its certificate has/],
    ["ECONNREFUSED", "refused", /can't be reached: .*check that the server runs/],
  ])("of the connection: %s", (code, message, says) => {
    const error = translate(Object.assign(new Error(message), { code }), "here");
    expect(error).toMatchObject({ message: expect.stringMatching(says) });
  });

  // A server that starts answers 57P03; it will let the user in by itself, and nothing is wrong.
  test.each([
    ["28P01", "invalid"],
    ["3D000", "invalid"],
    ["57P03", "unavailable"],
    ["53300", "unavailable"],
  ])("%s, at the first question, is of kind %s", (code, kind) => {
    const translated = translate(said(code), "here");
    expect(translated).toMatchObject({ kind: "unavailable" });
    expect(asConfigured(translated)).toMatchObject({ kind, details: { place: "here" } });
  });
});
