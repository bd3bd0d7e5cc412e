import { forbidLines, type Rule } from "../rule.ts";

const anywhere = (): boolean => true;

const machinePaths = forbidLines(
  anywhere,
  /(?<![\w.:/-])(?:\/(?:home|root|Users|work|mnt)\/\w|[A-Z]:\\Users\\)/,
  (found) => `${found}…: a path of one machine`,
);

const registryHosts = forbidLines(
  anywhere,
  new RegExp(
    [
      /\bregistry\.[\w-]+\.(?:com|org|io|net|dev)\b/,
      /\bregistry\s*=\s*https?:/,
      /https?:\/\/[^\s"']+\/-\/[^\s"']+\.tgz/,
    ]
      .map(({ source }) => source)
      .join("|"),
  ),
  (found) => `${found}: where packages come from is the reader's own business`,
);

/** The tree says nothing of the machine or the network it was written on. */
export const places: Rule = (tree) => [...machinePaths(tree), ...registryHosts(tree)];
