import { z } from "zod";

const Line = z.object({
  article: z.string(),
  quantity: z.number().int().positive(),
  cents: z.number().int().nonnegative(),
});

/** What a customer sends: checked when a run is started, whoever starts it. */
export const Order = z.object({ id: z.string(), lines: z.array(Line).min(1) });
export type Order = z.infer<typeof Order>;
