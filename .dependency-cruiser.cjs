/** Folders of the kernel, each with the folders it may import. `limits.ts` is open to all. */
const KERNEL_MAY_IMPORT = {
  errors: [],
  state: ["errors"],
  ports: ["errors", "state"],
  define: ["errors", "state"],
  decide: ["errors", "state", "define"],
  engine: ["errors", "state", "define", "decide", "ports"],
  commands: ["errors", "state", "define", "decide", "ports", "engine"],
  queries: ["errors", "state", "ports", "engine"],
  execute: ["errors", "state", "define", "decide", "ports", "engine", "commands"],
};

const KERNEL_DEPENDENCIES = ["@noble/hashes", "@standard-schema/spec"];

const kernelFolders = Object.entries(KERNEL_MAY_IMPORT).map(([folder, allowed]) => ({
  name: `kernel-${folder}`,
  comment: `kernel/src/${folder} imports ${allowed.join(", ") || "nothing else"}`,
  severity: "error",
  from: { path: `^packages/kernel/src/${folder}/` },
  to: {
    path: "^packages/kernel/src/",
    pathNot: `^packages/kernel/src/(limits\\.ts$|(${[folder, ...allowed].join("|")})/)`,
  },
}));

const forbid = (name, comment, from, to) => ({ name, comment, severity: "error", from, to });

const packages = [
  forbid(
    "kernel-alone",
    "the kernel imports no other package of ours",
    { path: "^packages/kernel/src/" },
    { path: "^(packages|apps|tools)/", pathNot: "^packages/kernel/src/" },
  ),
  forbid(
    "kernel-dependencies",
    "the kernel's dependencies are an allow-list",
    { path: "^packages/kernel/src/" },
    {
      dependencyTypesNot: ["local"],
      pathNot: `(^|node_modules/)(${KERNEL_DEPENDENCIES.join("|")})(/|$)`,
    },
  ),
  forbid(
    "kernel-limits",
    "limits.ts imports nothing",
    { path: "^packages/kernel/src/limits\\.ts$" },
    { path: ".+" },
  ),
  forbid(
    "adapters",
    "an adapter imports the kernel, and no adapter, host or app",
    {
      path: "^packages/((?:persistence|blob|transport)-[^/]+)/src/",
      pathNot: "^packages/(persistence-(prisma|d1)|transport-(sql|prisma))/",
    },
    { path: "^(packages|apps|tools)/", pathNot: "^packages/(kernel|$1)/" },
  ),
  forbid(
    "adapters-on-sql",
    "persistence-prisma, persistence-d1 and the transports in a database share what is on SQL",
    { path: "^packages/(persistence-(?:prisma|d1)|transport-(?:sql|prisma))/src/" },
    {
      path: "^(packages|apps|tools)/",
      pathNot: "^packages/(kernel|(persistence|transport)-sql|$1)/",
    },
  ),
  forbid(
    "hosts",
    "a host imports the kernel; the app composes",
    { path: "^packages/(host-[^/]+)/src/" },
    { path: "^(packages|apps|tools)/", pathNot: "^packages/(kernel|$1)/" },
  ),
  forbid(
    "conformance",
    "the conformance suites know ports, not adapters",
    { path: "^packages/conformance/src/" },
    { path: "^(packages|apps|tools)/", pathNot: "^packages/(kernel|conformance)/" },
  ),
  forbid(
    "packages-below-apps",
    "packages never import apps or tools",
    { path: "^packages/[^/]+/src/" },
    { path: "^(apps|tools)/" },
  ),
];

const everywhere = [
  forbid(
    "sql-for-adapters",
    "what persistence-sql keeps for adapters is for those alone",
    { path: "^(packages|apps|tools)/", pathNot: "^packages/persistence-(sql|prisma|d1)/" },
    { path: "^packages/persistence-sql/src/adapters\\.ts$" },
  ),
  forbid("no-cycles", "a cycle has no bottom to read from", {}, { circular: true }),
  forbid("no-unresolved", "every import resolves", {}, { couldNotResolve: true }),
  forbid(
    "no-deep-imports",
    "another package is what its exports say",
    { path: "^(packages|apps|tools)/([^/]+)/" },
    {
      path: "^(packages|apps)/",
      pathNot:
        "^$1/$2/|^packages/[^/]+/src/index\\.ts$|^packages/kernel/src/ports/index\\.ts$" +
        "|^packages/persistence-sql/src/adapters\\.ts$" +
        "|^packages/host-serverless/src/lambda/index\\.ts$",
    },
  ),
  forbid(
    "packages-by-name",
    "another package is imported by its name, never by a path",
    { path: "^(packages|apps|tools)/([^/]+)/" },
    { path: "^(packages|apps)/", pathNot: "^$1/$2/", dependencyTypes: ["local"] },
  ),
  forbid(
    "src-without-tests",
    "what ships does not import tests",
    { path: "^[^/]+/[^/]+/src/" },
    { path: "^[^/]+/[^/]+/tests/" },
  ),
];

module.exports = {
  forbidden: [...kernelFolders, ...packages, ...everywhere],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)(dist|fixtures|generated)/" },
    tsPreCompilationDeps: true,
    combinedDependencies: true,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["source", "types", "import", "node", "default"],
      extensions: [".ts", ".tsx", ".js", ".cjs", ".mjs", ".d.ts", ".json"],
    },
    cache: false,
  },
};
