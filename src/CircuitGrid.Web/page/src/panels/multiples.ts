import { Crosshair, curveChart, type CurvePanel } from "../charts/curves";
import { tokenAxis, type TokenAxis } from "../charts/tokens";
import type { Library } from "../data/library";
import { drawToWidth, html } from "../ui/dom";

const gap = 36;
const narrow = 620;
/** Panels of which more than two stand in a row need this much each. */
const smallest = 250;

/** A grid of small multiples, two a row where there is room, or as many as asked for. */
export class Multiples {
  readonly element = html("div", { class: "multiples curves" });
  private width = 0;

  constructor(
    private readonly library: Library,
    private panels: readonly CurvePanel[],
    private readonly inRow = 2,
  ) {
    drawToWidth(this.element, (width) => {
      this.width = width;
      this.draw();
    });
  }

  show(panels: readonly CurvePanel[]): void {
    this.panels = panels;
    this.draw();
  }

  private draw(): void {
    if (this.width === 0) {
      return;
    }
    const columns = columnsFor(this.width, Math.min(this.panels.length, this.inRow));
    const width = (this.width - gap * (columns - 1)) / columns;
    const axis = reportAxis(this.library);
    const crosshair = new Crosshair();
    this.element.style.gridTemplateColumns = `repeat(${columns}, 1fr)`;
    this.element.replaceChildren(...this.panels.map((panel) => curveChart(this.library, panel, axis, crosshair, width)));
  }
}

/** How many panels stand in a row: of four, four or two. */
export function columnsFor(width: number, wanted: number): number {
  if (width < narrow || wanted < 2) {
    return 1;
  }
  return wanted > 2 && width < wanted * smallest ? 2 : wanted;
}

/** The token axis of all figures over training. */
export function reportAxis(library: Library): TokenAxis {
  return tokenAxis([...library.report.cells.map(({ tokens }) => tokens), ...library.report.roles.flatMap(({ tokens }) => tokens)]);
}
