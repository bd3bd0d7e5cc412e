import { defineWorkflow } from "@pawl/kernel";
import { createWorld } from "./world.ts";
const world = createWorld({ workflows: [defineWorkflow({ id: "h", run: async () => 1 })] });
const host = world.host({ random: Math.random }); await host.start(); await world.time.advance(60_000); world.calls.length = 0;
await world.time.advance(3_600_000);
const by: Record<string, number> = {}; for (const c of world.calls) by[c] = (by[c] ?? 0) + 1;
console.log(world.calls.length / 3600, by); process.exit();
