import { mixedWorkflows } from "./mixed-workflows.ts";
import { troubleWorkflows } from "./trouble-workflows.ts";

const mixed = mixedWorkflows(() => {});
const trouble = troubleWorkflows({
  directory: "",
  enter: () => {},
  stop: () => {},
  stopBefore: () => {},
});

/** All workflows of a fleet, for a process that only starts runs. */
export const allWorkflows = [...mixed, ...trouble];

export const mixedIds: readonly string[] = mixed.map(({ id }) => id);
