import * as Plot from "@observablehq/plot";
import { modelGlyph, legend } from "../charts/legend";
import type { Library } from "../data/library";
import type { Interval, ScalePoint, Task } from "../data/report";
import { count, interval, measure, percent, plural, short } from "../format";
import { segmented, type Choice } from "../ui/controls";
import { drawToWidth, html } from "../ui/dom";
import { figure } from "../ui/figure";
import { nameOf } from "../ui/name";
import { drawPlot } from "../ui/plot";
import { hideTooltip, showTooltip, tooltipTable } from "../ui/tooltip";
import type { PanelContext } from "./panels";

type Measure = "nodes" | "edges";

const measures: readonly Choice<Measure>[] = [
  { value: "nodes", label: "Nodes" },
  { value: "edges", label: "Edges" },
];

interface SizePoint extends ScalePoint {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** Circuit size against model size. */
export function scalePanel({ library }: PanelContext): HTMLElement {
  const body = html("div", { class: "multiples" });
  let measureShown: Measure = "nodes";
  let width = 0;
  const draw = (): void => {
    if (width === 0) {
      return;
    }
    const columns = Math.min(library.tasks.length, width < 560 ? 1 : width < 900 ? 2 : 4);
    body.style.gridTemplateColumns = `repeat(${columns}, 1fr)`;
    body.replaceChildren(...library.tasks.map((task) => chart(library, task, measureShown, (width - 36 * (columns - 1)) / columns)));
  };
  drawToWidth(body, (next) => {
    width = next;
    draw();
  });
  return figure({
    id: "scale",
    title: "Whether larger models need larger circuits",
    lead: `Mean circuit size over the checkpoints whose circuits reach ${percent(library.threshold)}; bars run from the smallest to the largest of them.`,
    controls: [
      segmented("Size", measures, measureShown, (next) => {
        measureShown = next;
        draw();
      }),
    ],
    legend: legend(library),
    body,
    caption:
      "Parameters on a logarithmic axis. r is Pearson’s correlation of the mean number of nodes with that of parameters or of heads, ρ Spearman’s rank correlation; steadiness, the mean Jaccard similarity of consecutive circuits’ edges, is correlated with parameters. In brackets their 95% intervals. Models of one number of parameters are replicates of one size, and count as their mean; under six sizes no correlation is given.",
    data: {
      columns: ["task", "model", "parameters", "heads", "mean nodes", "mean edges", "checkpoints", "mean similarity of consecutive circuits"],
      rows: () =>
        library.report.scale.flatMap(({ task, points }) =>
          points.map((entry) => [task, entry.model, count(entry.parameters), count(entry.heads), count(entry.meanNodes), count(entry.meanEdges), count(entry.checkpoints), measure(entry.meanJaccard)]),
        ),
    },
  });
}

function sizes(library: Library, task: Task, shown: Measure): SizePoint[] {
  return (library.scale(task.name)?.points ?? []).flatMap((entry) => {
    const mean = shown === "nodes" ? entry.meanNodes : entry.meanEdges;
    if (mean === null) {
      return [];
    }
    const trajectory = library.trajectory(entry.model, task.name);
    const included = new Set(trajectory?.steps.filter((_, i) => trajectory.included[i]));
    const values = library
      .line(entry.model, task.name)
      .filter(({ step }) => included.has(step))
      .flatMap((cell) => cell[shown] ?? []);
    return [{ ...entry, mean, low: Math.min(mean, ...values), high: Math.max(mean, ...values) }];
  });
}

function chart(library: Library, task: Task, shown: Measure, width: number): HTMLElement {
  const points = sizes(library, task, shown);
  const parameters = library.models.map((model) => model.parameters);
  // Room on both sides, so that a single model doesn't sit on the frame.
  const domain = [Math.min(...parameters) / 1.6, Math.max(...parameters) * 1.6];
  const plot = drawPlot({
    width,
    height: 200,
    marginLeft: 40,
    marginRight: 10,
    marginTop: 10,
    marginBottom: 28,
    style: { background: "none", overflow: "visible" },
    x: { type: "log", domain },
    y: { domain: [0, Math.max(1, ...points.map(({ high }) => high))], nice: true },
    marks: [
      Plot.gridY({ stroke: "var(--rule)", strokeOpacity: 1, ticks: 4 }),
      Plot.axisY({ ticks: 4, tickSize: 0, tickFormat: (value: number) => count(value), fill: "var(--muted)", label: null }),
      Plot.axisX(distinct(parameters), { text: short, tickSize: 4, stroke: "var(--faint)", fill: "var(--muted)", label: null }),
      Plot.ruleY([0], { stroke: "var(--faint)" }),
      ...points.flatMap((entry) => {
        const { color, symbol } = library.look(entry.model);
        return [
          Plot.ruleX([entry], { x: "parameters", y1: "low", y2: "high", stroke: color, strokeWidth: 1.5, marker: "tick" }),
          Plot.dot([entry], { x: "parameters", y: "mean", fill: color, symbol, r: 5, className: "size" }),
        ];
      }),
    ],
  });
  plot.setAttribute("role", "img");
  plot.setAttribute("aria-label", `${task.title}: mean ${shown} in the circuit against parameters; ${points.map((entry) => `${entry.model} ${count(entry.mean)}`).join(", ")}`);
  plot.addEventListener("pointermove", (event) => {
    const { clientX, clientY } = event as PointerEvent;
    showTooltip(
      tooltipTable(
        `Mean ${shown} in the circuit`,
        points.map((entry) => [html("span", {}, modelGlyph(library, entry.model), nameOf(entry.model)), `${count(entry.mean)} (${count(entry.low)}–${count(entry.high)}), ${plural(entry.checkpoints, "checkpoint")}`]),
      ),
      clientX,
      clientY,
    );
  });
  plot.addEventListener("pointerleave", hideTooltip);
  return html(
    "div",
    { class: "chart", "data-task": task.name },
    html("h3", {}, task.title, html("small", {}, `${shown} in the circuit`)),
    plot,
    html("p", { class: "axis" }, "parameters"),
    html("p", { class: "correlation" }, ...correlation(library, task).flatMap((line, index) => (index === 0 ? [line] : [html("br"), line]))),
  );
}

function distinct(parameters: readonly number[]): number[] {
  // Two models of almost the same size would print their labels over each other.
  return parameters.filter((value, index) => index === 0 || value > parameters[index - 1]! * 1.25);
}

function correlation(library: Library, task: Task): string[] {
  const scale = library.scale(task.name);
  if (!scale) {
    return [];
  }
  if (scale.noCorrelation !== null) {
    return [`no correlation: ${scale.noCorrelation}`];
  }
  const told = (letter: string, value: number | null | undefined, around: Interval | null | undefined): string[] =>
    value === null || value === undefined ? [] : [`${letter} = ${interval(value, around?.low, around?.high)}`];
  return [
    ...told("parameters: r", scale.pearsonParameters, scale.pearsonParametersInterval),
    ...told("parameters: ρ", scale.spearmanParameters, scale.spearmanParametersInterval),
    ...told("heads: r", scale.pearsonHeads, scale.pearsonHeadsInterval),
    ...told("heads: ρ", scale.spearmanHeads, scale.spearmanHeadsInterval),
    ...told("steadiness: ρ", scale.spearmanStability, scale.spearmanStabilityInterval),
  ];
}
