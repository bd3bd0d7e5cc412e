import { eng } from "stopword";

/** Frequent in technical prose and missing from the list. */
const ALSO =
  "again already always can cannot does done during each else etc even every few get gets " +
  "how instead its just made may might need needs new no none nor not off once one only own " +
  "per same see shall she should so than then three too two until upon use used uses using via " +
  "when whether while why will within without yes";

/** What is left of a file's name once its dots are gone. */
const FILE_ENDINGS = "css gz html js json jsx lock md mjs png svg toml ts tsx txt yaml yml zip";

/** Words of English that say nothing about a text's subject. */
export const STOP_WORDS: ReadonlySet<string> = new Set([
  ...eng,
  ...ALSO.split(" "),
  ...FILE_ENDINGS.split(" "),
]);
