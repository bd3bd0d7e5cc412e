import type { SweepReport, SweepRequest } from "@pawl/kernel/ports";
import { sweepReport, sweepStatement } from "../statements/sweep.ts";
import type { Session } from "./session.ts";
import { type MysqlStore, nowStatement } from "./store.ts";

/** What needs attention, and database time, in one round trip. */
export async function sweep(
  store: MysqlStore,
  session: Session,
  request: SweepRequest,
): Promise<SweepReport> {
  const statements = [
    nowStatement(store),
    ...(request.kinds.length > 0 ? [sweepStatement(store.schema, request, store.now())] : []),
  ];
  const [time, rows = []] = await session.allOf(statements);
  return sweepReport(request, rows, Number(time?.[0]?.[0]));
}
