import { defineWorkflow } from "@pawl/kernel";
import { charge } from "./gateway.ts";
import { invoiceOf, totalOf } from "./invoice.ts";
import { Order } from "./order-input.ts";

/** Charges the card, writes the invoice, leaves time to think it over, and confirms. */
export const order = defineWorkflow({
  id: "order",
  input: Order,
  async run(ctx, { id, lines }) {
    const paid = await ctx.step(
      "charge",
      ({ attempt, idempotencyKey }) => charge({ cents: totalOf(lines), attempt, idempotencyKey }),
      { retry: { maxAttempts: 5, initialDelay: "100 ms" }, timeout: "10 seconds" },
    );
    const invoice = await ctx.step("document", () => invoiceOf({ id, lines }, paid));
    await ctx.sleep("time to think it over", "3 seconds");
    return ctx.step(
      "confirm",
      () =>
        `${id}: ${paid.receipt} at try ${paid.attempt}, invoice of ${invoice.length} characters`,
    );
  },
});
