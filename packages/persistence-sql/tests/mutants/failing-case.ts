import { type Expect, type PersistenceSubject, persistenceConformance } from "@pawl/conformance";

/** Title of the first case, of those whose titles begin so, that fails; undefined when all hold. */
export async function failingCase(
  beginning: string,
  subject: PersistenceSubject,
  expect: Expect,
): Promise<string | undefined> {
  const cases: { readonly title: string; readonly body: () => Promise<void> }[] = [];
  persistenceConformance(
    {
      describe: (_, body) => body(),
      it: (title, body) => cases.push({ title, body }),
      expect,
    },
    subject,
  );
  const meant = cases.filter(({ title }) => title.startsWith(`${beginning} `));
  if (meant.length === 0) throw new Error(`The suite has no case that begins "${beginning}".`);
  for (const { title, body } of meant) {
    const holds = await body().then(
      () => true,
      () => false,
    );
    if (!holds) return title;
  }
  return undefined;
}
