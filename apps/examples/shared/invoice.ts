import type { Order } from "./order-input.ts";

export const totalOf = (lines: Order["lines"]): number =>
  lines.reduce((sum, { quantity, cents }) => sum + quantity * cents, 0);

/** A page with a row for each line; more than 16 KB of it are kept where blobs are. */
export function invoiceOf({ id, lines }: Order, { receipt }: { readonly receipt: string }): string {
  const rows = lines.map(
    ({ article, quantity, cents }) =>
      `    <tr><td>${article}</td><td>${quantity}</td><td>${(cents / 100).toFixed(2)}</td></tr>`,
  );
  return ["<h1>Invoice</h1>", `<p>${id}, ${receipt}</p>`, "<table>", ...rows, "</table>"].join(
    "\n",
  );
}
