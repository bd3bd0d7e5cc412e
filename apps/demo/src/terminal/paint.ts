import { styleText } from "node:util";

export type Colour = "green" | "red" | "yellow" | "cyan" | "dim" | "bold";

/** Puts a text in a colour, or leaves it as it is. */
export type Paint = (colour: Colour, text: string) => string;

export function paintWith(colours: boolean): Paint {
  return (colour, text) => (colours ? styleText(colour, text, { validateStream: false }) : text);
}
