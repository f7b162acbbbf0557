import * as Plot from "@observablehq/plot";
import type { Library } from "../data/library";
import { html } from "../ui/dom";
import { nameOf } from "../ui/name";
import { drawPlot } from "../ui/plot";

const glyph = { width: 34, height: 14 } as const;

function drawing(...marks: Plot.Markish[]): Element {
  const plot = drawPlot({ ...glyph, margin: 0, axis: null, x: { domain: [0, 2] }, y: { domain: [0, 2] }, marks });
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

export interface SpecialMark {
  readonly kind: "solid" | "hollow" | "cross" | "reference" | "band";
  readonly meaning: string;
}

function neutralGlyph(kind: SpecialMark["kind"]): Element {
  switch (kind) {
    case "solid":
      return drawing(Plot.dot([[1, 1]], { fill: "var(--muted)", r: 3.5 }));
    case "hollow":
      return drawing(Plot.dot([[1, 1]], { stroke: "var(--muted)", strokeWidth: 1.5, fill: "var(--page)", r: 3.5 }));
    case "cross":
      return drawing(Plot.dot([[1, 1]], { symbol: "times", stroke: "var(--muted)", strokeWidth: 1.4, r: 2.6 }));
    case "reference":
      return drawing(Plot.line([[0, 1], [2, 1]], { stroke: "var(--muted)", strokeOpacity: 0.6, strokeWidth: 1 }));
    case "band":
      return drawing(Plot.areaY([0, 2], { x: (place: number) => place, y1: 0.2, y2: 1.8, fill: "var(--muted)", fillOpacity: 0.25 }));
  }
}

/** Which look is which model, and what special marks mean. */
export function legend(library: Library, special: readonly SpecialMark[] = []): HTMLElement {
  return html(
    "ul",
    { class: "legend", "aria-label": "Legend" },
    ...library.models.map(({ name }) => html("li", {}, modelGlyph(library, name), nameOf(name))),
    ...special.map(({ kind, meaning }) => html("li", { class: "special" }, neutralGlyph(kind), meaning)),
  );
}
