import { Crosshair, curveChart, type CurvePanel } from "../charts/curves";
import { tokenAxis } from "../charts/tokens";
import type { Library } from "../data/library";
import { drawToWidth, html } from "../ui/dom";

const gap = 36;
const narrow = 620;

/** A grid of small multiples, a panel a task, two a row where there is room. */
export class Multiples {
  readonly element = html("div", { class: "multiples" });
  private width = 0;

  constructor(
    private readonly library: Library,
    private panels: readonly CurvePanel[],
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
    const columns = this.width < narrow || this.panels.length < 2 ? 1 : 2;
    const width = (this.width - gap * (columns - 1)) / columns;
    const axis = tokenAxis(this.library.report.cells.map(({ tokens }) => tokens));
    const crosshair = new Crosshair();
    this.element.style.gridTemplateColumns = `repeat(${columns}, 1fr)`;
    this.element.replaceChildren(...this.panels.map((panel) => curveChart(this.library, panel, axis, crosshair, width)));
  }
}
