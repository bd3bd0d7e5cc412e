import { type Expect, type PersistenceSubject, persistenceConformance } from "@pawl/conformance";

interface Case {
  readonly title: string;
  readonly body: () => Promise<void>;
}

/** Cases of the suite whose titles begin with the clause. */
function casesOf(clause: string, subject: PersistenceSubject, expect: Expect): readonly Case[] {
  const cases: Case[] = [];
  persistenceConformance(
    {
      describe: (_, body) => body(),
      it: (title, body) => cases.push({ title, body }),
      expect,
    },
    subject,
  );
  return cases.filter(({ title }) => title.startsWith(`${clause} `));
}

/** Title of the first case of a clause that fails, or undefined when all of them hold. */
export async function failingCase(
  clause: string,
  subject: PersistenceSubject,
  expect: Expect,
): Promise<string | undefined> {
  const cases = casesOf(clause, subject, expect);
  if (cases.length === 0) throw new Error(`The suite has no case of ${clause}.`);
  for (const { title, body } of cases) {
    const failed = await body().then(
      () => false,
      () => true,
    );
    if (failed) return title;
  }
  return undefined;
}
