/** Lines that one side has and the other has not. */
export function difference(migrated: readonly string[], said: readonly string[]) {
  return {
    onlyMigrated: migrated.filter((line) => !said.includes(line)),
    onlySaid: said.filter((line) => !migrated.includes(line)),
  };
}
