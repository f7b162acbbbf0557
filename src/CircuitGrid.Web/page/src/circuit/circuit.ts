import type { Library } from "../data/library";
import type { Cell, Circuit } from "../data/report";
import { count, percent, score } from "../format";
import { compare, type DrawnEdge } from "../graph/change";
import type { PanelContext } from "../panels/panels";
import { cellSelectors, segmented, type Choice } from "../ui/controls";
import { drawToWidth, html, svg } from "../ui/dom";
import { figure } from "../ui/figure";
import { cellFacts, edgeLists, searchChart } from "./detail";
import { CircuitDrawing, type EdgeColor } from "./drawing";
import { timeline } from "./timeline";

const colors: readonly Choice<EdgeColor>[] = [
  { value: "sign", label: "Sign of the score" },
  { value: "change", label: "Change since the previous" },
];

/** The circuit itself, with a slider through training. */
export function circuitPanel(context: PanelContext): HTMLElement {
  const { library, selection } = context;
  const view = new CircuitView(context);
  return figure({
    id: "circuit",
    title: "The circuit through training",
    lead: "Edges run upwards from the node that writes to the node that reads. Move the slider to see the circuit form (the bars above it are its edges); point at a node for its edges, click to pin it. Edges that another sample of examples may leave out are faint.",
    controls: [...cellSelectors(library, selection), segmented("Colour", colors, "sign", (color) => view.color(color))],
    legend: view.legend,
    body: view.element,
  });
}

class CircuitView {
  readonly legend = html("ul", { class: "legend edges" });
  readonly element: HTMLElement;
  private readonly stage = html("div", { class: "stage" });
  private readonly facts = html("div");
  private readonly lists = html("div");
  private readonly search = html("div");
  private readonly notice = html("p", { class: "notice", role: "status" });
  private readonly library: Library;
  private drawing: CircuitDrawing | undefined;
  private drawnFor = "";
  private width = 0;
  private edgeColor: EdgeColor = "sign";
  private edges: readonly DrawnEdge[] = [];
  private pinned: string | null = null;

  constructor(private readonly context: PanelContext) {
    const { library, selection } = context;
    this.library = library;
    this.element = html(
      "div",
      { class: "circuit" },
      timeline(library, selection),
      html("div", { class: "beside" }, html("div", { class: "drawing" }, this.notice, this.stage), html("aside", { "aria-label": "The cell in numbers" }, this.facts, this.lists, this.search)),
    );
    drawToWidth(this.stage, (width) => {
      this.width = width;
      this.draw();
    });
    selection.watch(() => this.draw());
  }

  color(color: EdgeColor): void {
    this.edgeColor = color;
    this.draw();
  }

  private draw(): void {
    const { model: modelName, task, step } = this.context.selection.current;
    const model = this.library.model(modelName);
    const cell = this.library.cell(modelName, task, step);
    if (!model || !cell) {
      this.notice.textContent = "Nothing was analysed for this model and task.";
      this.stage.replaceChildren();
      [this.facts, this.lists, this.search].forEach((part) => part.replaceChildren());
      return;
    }
    const circuit = this.library.circuit(modelName, task, step);
    const previous = this.previousCircuit(cell);
    this.edges = circuit ? compare(model, circuit, previous) : [];
    this.notice.textContent = noticeOf(cell, circuit, this.library.threshold);
    this.facts.replaceChildren(cellFacts(cell, this.edges, circuit && previous ? previous.step : null, model.edges));
    const chart = searchChart(this.library, cell);
    this.search.replaceChildren(...(chart ? [chart] : []));
    this.legend.replaceChildren(...legendOf(this.edgeColor, this.edges));
    const wanted = `${modelName} ${this.width}`;
    if (this.width > 0 && this.drawnFor !== wanted) {
      this.pinned = null;
      this.drawnFor = wanted;
      this.drawing = new CircuitDrawing(model, this.width, (node, pin) => this.pointAt(node, pin));
      this.stage.replaceChildren(this.drawing.element);
    }
    this.drawing?.show(this.edges, this.edgeColor);
    this.pointAt(null, false);
  }

  private pointAt(node: string | null, pin: boolean): void {
    if (pin) {
      this.pinned = node === this.pinned ? null : node;
    }
    const shown = node ?? this.pinned;
    this.drawing?.highlight(shown);
    this.lists.replaceChildren(edgeLists(shown, shown !== null && shown === this.pinned, this.edges));
  }

  /** The circuit of the last checkpoint before that has one. */
  private previousCircuit({ model, task, step }: Cell): Circuit | undefined {
    const earlier = this.library.line(model, task).findLast((cell) => cell.step < step && this.library.circuit(model, task, cell.step));
    return earlier && this.library.circuit(model, task, earlier.step);
  }
}

function noticeOf(cell: Cell, circuit: Circuit | undefined, threshold: number): string {
  if (cell.status === "no-task") {
    if (cell.state === "one-example") {
      return `Nothing is said of step ${count(cell.step)}: one example can’t tell whether the model does the task, so there is no circuit to look for.`;
    }
    if (cell.state === "against") {
      return `Against the task at step ${count(cell.step)}: the metric is significantly below zero, so there is no circuit to look for.`;
    }
    return `No task yet at step ${count(cell.step)}: the 95% interval of the metric isn’t above the smallest effect of interest, or the ablated model does as well, so there is no circuit to look for.`;
  }
  if (!circuit) {
    return `The circuit of step ${count(cell.step)} is not in this file.`;
  }
  if (circuit.edges.length === 0) {
    return `No edge is needed at step ${count(cell.step)}: with all of them ablated the model keeps ${percent(threshold)} of the metric.`;
  }
  return cell.status === "not-reached" ? `No circuit tried keeps ${percent(threshold)} of the metric; this is the largest one.` : "";
}

function legendOf(color: EdgeColor, edges: readonly DrawnEdge[]): HTMLElement[] {
  const line = (look: string, width = 2.5): SVGSVGElement =>
    svg("svg", { width: 30, height: 12, "aria-hidden": "true" }, svg("path", { class: `sample ${look}`, d: "M1,6H29", "stroke-width": width }));
  const sure = new Set(edges.flatMap(({ certainty }) => certainty ?? []));
  const entry = (look: string, meaning: string): HTMLElement => html("li", {}, line(look), meaning);
  const top = Math.max(0, ...edges.filter(({ change }) => change !== "lost").map((edge) => Math.abs(edge.score)));
  return [
    ...(color === "sign"
      ? [entry("positive", "helps the task"), entry("negative", "works against it")]
      : [entry("kept", "kept"), entry("gained", "gained"), entry("lost", "lost")]),
    entry("neutral port-q", "into a query (q)"),
    entry("neutral port-k", "key (k)"),
    entry("neutral", "value (v), MLP, logits"),
    ...(sure.size === 0
      ? []
      : [
          entry("neutral certified", "certified: in 95% or more of the resampled circuits"),
          entry("neutral uncertain", "uncertain"),
          ...(sure.has("rejected") ? [entry("neutral rejected", "in 5% or fewer")] : []),
        ]),
    ...(top > 0 ? [html("li", {}, line("neutral", 6.5), `widest: |score| ${score(top).slice(1)}`)] : []),
  ];
}
