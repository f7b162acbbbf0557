import * as Plot from "@observablehq/plot";
import type { Library } from "../data/library";
import { html } from "../ui/dom";

const glyph = { width: 34, height: 14 } as const;

function drawing(...marks: Plot.Markish[]): Element {
  const plot = Plot.plot({ ...glyph, margin: 0, axis: null, x: { domain: [0, 2] }, y: { domain: [0, 2] }, marks });
  plot.setAttribute("aria-hidden", "true");
  return plot;
}

/** A model's line and symbol as the charts draw them. */
export function modelGlyph(library: Library, model: string): Element {
  const { color, dash, symbol } = library.look(model);
  return drawing(
    Plot.line([[0, 1], [2, 1]], { stroke: color, strokeWidth: 2, ...(dash ? { strokeDasharray: dash } : {}) }),
    Plot.dot([[1, 1]], { fill: color, symbol, r: 3.5 }),
  );
}

function neutralGlyph(kind: "hollow" | "cross"): Element {
  return drawing(
    kind === "hollow"
      ? Plot.dot([[1, 1]], { stroke: "var(--muted)", strokeWidth: 1.5, fill: "var(--page)", r: 3.5 })
      : Plot.dot([[1, 1]], { symbol: "times", stroke: "var(--muted)", strokeWidth: 1.4, r: 2.6 }),
  );
}

/** Which look is which model, and what special marks mean. */
export function legend(library: Library, special: readonly { kind: "hollow" | "cross"; meaning: string }[] = []): HTMLElement {
  return html(
    "ul",
    { class: "legend", "aria-label": "Legend" },
    ...library.models.map(({ name }) => html("li", {}, modelGlyph(library, name), name)),
    ...special.map(({ kind, meaning }) => html("li", { class: "special" }, neutralGlyph(kind), meaning)),
  );
}
